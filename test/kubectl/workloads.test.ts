import { expect } from "vitest"
import { it, transcript } from "./it.ts"
import { canary, deployment, service } from "./objects.ts"

const done = 'deployment "web" successfully rolled out\n'

transcript("kubectl rollout", () => {
  it("waits, tells the history, restarts and undoes", async ({ kubectl }) => {
    const { give, play } = kubectl
    await give([deployment({ replicas: 2 })], "create -f -")
    expect(await play("rollout status deployment web")).toContain(done)
    expect(await play("set image deployment/web web=flagger/demo:2.0.0")).toBe("deployment.apps/web image updated\n")
    expect(await play("rollout status deployment web")).toMatch(
      /Waiting for deployment "web" rollout to finish[^]*successfully rolled out\n$/,
    )
    expect(await play("rollout history deployment web")).toMatch(/REVISION +CHANGE-CAUSE\n1 +<none>\n2 +<none>\n/)
    expect(await play("rollout history deployment web --revision=2")).toMatch(
      /revision #2\n[^]*Image:\tflagger\/demo:2\.0\.0\n/,
    )
    expect(await play("rollout undo deployment web")).toBe("deployment.apps/web rolled back\n")
    expect(await play("rollout status deployment web")).toContain(done)
    expect(await play("get deployment web -o jsonpath={..image}")).toBe("flagger/demo:1.0.0")
    expect(await play("rollout restart deployment web")).toBe("deployment.apps/web restarted\n")
    expect(await play("rollout status deployment web")).toContain(done)
    expect(await play("rollout history deployment web")).toMatch(/2 +<none>\n3 +<none>\n4 +<none>\n/)
    expect(await play("rollout pause deployment web")).toBe("deployment.apps/web paused\n")
    expect(await play("rollout resume deployment web")).toBe("deployment.apps/web resumed\n")
  })

  it("says that a revision does not get ready", async ({ kubectl }) => {
    const { give, play, fail } = kubectl
    await give([deployment()], "create -f -")
    await play("rollout status deployment web")
    expect(await play("set env deployment/web NEVER_READY=1")).toBe("deployment.apps/web env updated\n")
    expect(await fail("rollout status deployment web --timeout=1s")).toContain(
      "error: timed out waiting for the condition",
    )
    expect(await play("get pods")).toMatch(
      /web-\S+ +0\/1 +Running[^]*web-\S+ +1\/1 +Running|web-\S+ +1\/1 +Running[^]*web-\S+ +0\/1 +Running/,
    )
  })
})

transcript("kubectl set env", () => {
  it("adds, removes and lists", async ({ kubectl }) => {
    const { give, play } = kubectl
    await give([deployment({ replicas: 0 })], "create -f -")
    expect(await play("set env deployment/web MESSAGE=hello COLOR-")).toBe("deployment.apps/web env updated\n")
    expect(await play("set env deployment/web --list")).toBe("# Deployment web, container web\nMESSAGE=hello\n")
  })
})

transcript("kubectl scale", () => {
  it("changes the number of pods", async ({ kubectl }) => {
    const { give, play, fail } = kubectl
    await give([deployment()], "create -f -")
    expect(await play("scale deployment web --replicas=2")).toBe("deployment.apps/web scaled\n")
    expect(await play("wait deployment/web --for=jsonpath={.status.readyReplicas}=2 --timeout=20s")).toBe(
      "deployment.apps/web condition met\n",
    )
    expect(await play("get deployment web")).toMatch(/web +2\/2 +2 +2 /)
    expect(await fail("scale deployment web --replicas=1 --current-replicas=5")).toBe(
      "error: Expected replicas to be 5, was 2\n",
    )
    expect(await play("scale deployment web --replicas=0")).toBe("deployment.apps/web scaled\n")
    await play("wait pod -l app=web --for=delete --timeout=20s")
    expect(await play("get pods -l app=web")).toContain("No resources found")
  })
})

transcript("kubectl describe", () => {
  it("tells all about a deployment, its pods, its service and its canary", async ({ kubectl }) => {
    const { give, play, namespace } = kubectl
    await give([deployment(), service, canary], "create -f -")
    await play("rollout status deployment web")
    const ofDeployment = await play("describe deployment web")
    expect(ofDeployment).toMatch(/Replicas: +1 desired \| 1 updated \| 1 total \| 1 available \| 0 unavailable\n/)
    expect(ofDeployment).toMatch(
      /Available +True +MinimumReplicasAvailable\n +Progressing +True +NewReplicaSetAvailable\n/,
    )
    expect(ofDeployment).toMatch(/NewReplicaSet: +web-\w+ \(1\/1 replicas created\)\n/)
    expect(ofDeployment).toMatch(
      /Normal +ScalingReplicaSet +\S+ +deployment-controller +Scaled up replica set web-\w+ from 0 to 1\n/,
    )

    const ofPod = await play("describe pod -l app=web")
    expect(ofPod).toMatch(/Controlled By: +ReplicaSet\/web-\w+\n/)
    expect(ofPod).toMatch(/State: +Running\n[^]*Ready: +True\n +Restart Count: +0\n[^]*COLOR: +red\n/)
    expect(ofPod).toMatch(/Normal +Scheduled +\S+ +default-scheduler +Successfully assigned/)
    expect(ofPod).toMatch(/Normal +Started +\S+ +kubelet /)

    const ip = await play("get pod -l app=web -o jsonpath={.items[0].status.podIP}")
    expect(await play("describe service web")).toMatch(new RegExp(`TargetPort: +http/TCP\nEndpoints: +${ip}:8080\n`))
    expect(await play("get endpoints web")).toMatch(new RegExp(`web +${ip}:8080 `))
    expect(await play("describe canary web")).toMatch(
      new RegExp(
        `Name: +web\nNamespace: +${namespace}\n[^]*Kind: +Canary\n[^]*Analysis:\n +Interval: +1m\n +Max Weight: +50\n`,
      ),
    )
  })
})

transcript("kubectl get", () => {
  it("shows pods as they come and go", async ({ kubectl }) => {
    const { give, play, follow, namespace } = kubectl
    const watching = follow("get pods -w")
    await give([deployment()], "create -f -")
    await watching.saw(/1\/1 +Running/)
    expect(await play("get pods -o wide")).toMatch(/web-\S+ +1\/1 +Running +0 +\S+ +127\.\d+\.\d+\.\d+ +sandbox /)
    expect(await play("get pods --field-selector=status.phase=Running,spec.nodeName=sandbox -o name")).toMatch(
      /^pod\/web-\S+\n$/,
    )
    expect(await play("get pods --field-selector=status.phase=Failed")).toContain("No resources found")
    expect(await play("get pods -A")).toMatch(new RegExp(`NAMESPACE +NAME [^]*${namespace} +web-`))
    await play("delete deployment web")
    const printed = await watching.saw("Terminating")
    watching.stop()
    expect(printed).toMatch(/Pending[^]*ContainerCreating[^]*0\/1 +Running[^]*1\/1 +Running[^]*Terminating/)
  })
})

transcript("kubectl logs", () => {
  it("prints what pods say", async ({ kubectl }) => {
    const { give, play, fail } = kubectl
    await give([deployment({ image: "flagger/demo:1.2.3" })], "create -f -")
    await play("rollout status deployment web")
    expect(await play("logs deployment/web")).toMatch(/^version 1\.2\.3 listens on http:\/\/127\.\d+\.\d+\.\d+:8080\n$/)
    expect(await play("logs -l app=web --prefix --timestamps")).toMatch(
      /^\[pod\/web-\S+\/web\] \d{4}-\S+Z version 1\.2\.3 /,
    )
    expect(await play("logs deployment/web --tail=0")).toBe("")
    expect(await fail("logs deployment/web --container=other")).toMatch(
      /^error: container other is not valid for pod web-/,
    )
    expect(await fail("logs nobody")).toContain('pods "nobody" not found')
    expect(await fail("logs deployment/web --previous")).toContain("previous terminated container")
  })

  it("follows them to their end", async ({ kubectl }) => {
    const { play, follow } = kubectl
    await play("run once --image=busybox --restart=Never --command -- sh -c", "echo one; sleep 1; echo two")
    await play("wait pod/once --for=condition=ContainersReady --timeout=20s")
    const following = follow("logs -f once")
    await following.saw("one\n")
    expect(await following.saw("two\n")).toBe("one\ntwo\n")
    await play("wait pod/once --for=jsonpath={.status.phase}=Succeeded --timeout=20s")
    expect(await play("get pod once")).toMatch(/once +0\/1 +Completed +0 /)
  })
})

transcript("kubectl wait and delete", () => {
  it("wait for conditions and for the end", async ({ kubectl }) => {
    const { give, play, fail } = kubectl
    await give([deployment()], "create -f -")
    expect(await play("wait deployment/web --for=condition=Available --timeout=20s")).toBe(
      "deployment.apps/web condition met\n",
    )
    expect(await fail("wait deployment/web --for=condition=Odd --timeout=100ms")).toContain(
      "timed out waiting for the condition on deployments/web",
    )
    const pod = (await play("get pod -l app=web -o name")).trim()
    const gone = play(`wait ${pod} --for=delete --timeout=20s`)
    expect(await play(`delete ${pod}`)).toMatch(/^pod "web-\S+" deleted/)
    expect(await gone).toBe(`${pod} condition met\n`)
    expect(await fail(`get ${pod}`)).toContain("not found")
    expect(await play("delete deployment web --wait=false")).toContain('deployment.apps "web" deleted')
    await play("wait pod -l app=web --for=delete --timeout=20s")
    expect(await play("get replicasets")).toContain("No resources found")
  })

  it("delete pods at once where asked to", async ({ kubectl }) => {
    const { play } = kubectl
    expect(await play("run one --image=flagger/demo --restart=Never --labels=run=one --env=COLOR=red")).toBe(
      "pod/one created\n",
    )
    expect(await play("wait pod/one --for=condition=Ready --timeout=20s")).toBe("pod/one condition met\n")
    expect(await play("delete pod one --grace-period=0 --force")).toContain('pod "one" force deleted')
    expect(await play("get pods")).toContain("No resources found")
  })
})

transcript("kubectl events", () => {
  it("tells what happened to an object", async ({ kubectl }) => {
    const { give, play } = kubectl
    await give([deployment()], "create -f -")
    await play("rollout status deployment web")
    expect(await play("events --for deployment/web")).toMatch(
      /Normal +ScalingReplicaSet +Deployment\/web +Scaled up replica set web-\w+ from 0 to 1\n/,
    )
    expect(await play("get events --field-selector=reason=SuccessfulCreate")).toMatch(
      /replicaset\/web-\w+ +Created pod: web-/,
    )
  })
})
