import { expect } from "vitest"
import { it, transcript } from "./it.ts"
import { canary, configMap, deployment, service } from "./objects.ts"

/** Words between which any number of blanks may be. */
const row = (...words: string[]): RegExp =>
  new RegExp(words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(" +"))

transcript("kubectl create", () => {
  it("makes what it has words for", async ({ kubectl }) => {
    const { play } = kubectl
    expect(await play("create configmap settings --from-literal=color=red")).toBe("configmap/settings created\n")
    expect(await play("create secret generic key --from-literal=password=secret")).toBe("secret/key created\n")
    expect(await play("create deployment idle --image=flagger/demo --replicas=0 --port=8080")).toBe(
      "deployment.apps/idle created\n",
    )
    expect(await play("create service clusterip till --tcp=80:8080")).toBe("service/till created\n")
    expect(await play("create serviceaccount robot")).toBe("serviceaccount/robot created\n")
    expect(await play("create role reader --verb=get --resource=pods")).toBe(
      "role.rbac.authorization.k8s.io/reader created\n",
    )
    expect(await play("create job once --image=flagger/demo")).toBe("job.batch/once created\n")
    expect(await play("create quota small --hard=pods=3")).toBe("resourcequota/small created\n")
    expect(await play("get configmap settings -o jsonpath={.data.color}")).toBe("red")
    expect(await play("get secret key -o jsonpath={.data.password}")).toBe("c2VjcmV0")
    expect(
      await play(
        "get deployment idle -o jsonpath={.spec.replicas}/{.spec.template.spec.containers[0].ports[0].containerPort}",
      ),
    ).toBe("0/8080")
    expect(await play("get service till -o jsonpath={.spec.ports[0].targetPort}")).toBe("8080")
  })

  it("says what is there already, or cannot be", async ({ kubectl }) => {
    const { play, fail } = kubectl
    await play("create configmap settings")
    expect(await fail("create configmap settings")).toBe(
      'error: failed to create configmap: configmaps "settings" already exists\n',
    )
    expect(await fail("create configmap Settings")).toContain(
      'ConfigMap "Settings" is invalid: metadata.name: Invalid value: "Settings"',
    )
    expect(await fail("create deployment web --image=a --replicas=-1")).toContain("must be greater than or equal to 0")
    expect(await fail(`create configmap settings -n nowhere-${kubectl.namespace}`)).toBe(
      `error: failed to create configmap: namespaces "nowhere-${kubectl.namespace}" not found\n`,
    )
  })

  it("finds unknown fields", async ({ kubectl }) => {
    const { give, play } = kubectl
    const odd = { ...deployment({ replicas: 0 }), odd: 1 }
    await expect(give([odd], "create -f -")).rejects.toThrow('strict decoding error: unknown field "odd"')
    expect(await give([odd], "create --validate=warn -f -")).toContain('Warning: unknown field "odd"')
    expect(await play("get deployment web -o name")).toBe("deployment.apps/web\n")
  })
})

transcript("kubectl get", () => {
  it("prints tables, also wide ones", async ({ kubectl }) => {
    const { give, play } = kubectl
    await give([deployment({ replicas: 0 }), service, configMap("red"), canary], "create -f -")
    const deployments = await play("get deployments")
    expect(deployments).toMatch(row("NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"))
    expect(deployments).toMatch(row("web", "0/0", "0", "0", ""))
    expect(await play("get deploy -o wide")).toMatch(row("web", "flagger/demo:1.0.0", "app=web"))
    expect(await play("get svc")).toMatch(/web +ClusterIP +10\.\d+\.\d+\.\d+ +<none> +80\/TCP/)
    expect(await play("get canary")).toMatch(row("NAME", "STATUS", "WEIGHT", "LASTTRANSITIONTIME"))
    expect(await play("get canary -o wide")).toMatch(/web +1m +10 +50/)
    expect(await play("get configmap,service -o name")).toContain("configmap/settings\nservice/web\n")
    expect(await play("get all")).toMatch(/service\/web [^]*deployment\.apps\/web [^]*canary\.flagger\.app\/web/)
    expect(await play("get configmap settings --show-labels -L tier")).toMatch(
      /NAME +DATA +AGE +TIER +LABELS\nsettings +1 +\w+ +<none>/,
    )
  })

  it("prints objects as JSON, YAML, and in parts", async ({ kubectl }) => {
    const { give, play } = kubectl
    await give([configMap("red")], "create -f -")
    expect(JSON.parse(await play("get configmap settings -o json"))).toMatchObject({
      ...configMap("red"),
      metadata: { name: "settings" },
    })
    expect(await play("get configmap settings -o yaml")).toMatch(
      /^apiVersion: v1\ndata:\n {2}color: red\nkind: ConfigMap\nmetadata:\n {2}creationTimestamp: "/,
    )
    expect(JSON.parse(await play("get configmaps -o json"))).toMatchObject({
      kind: "List",
      items: [{}, { kind: "ConfigMap" }],
    })
    expect(await play("get configmaps -o custom-columns=NAME:.metadata.name,COLOR:.data.color --no-headers")).toMatch(
      row("settings", "red"),
    )
    expect(await play("get configmap settings -o go-template={{.data.color}}")).toBe("red")
  })

  it("chooses by labels and fields, in one namespace or in all", async ({ kubectl }) => {
    const { give, play, fail, namespace } = kubectl
    const labelled = (name: string, tier: string) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, labels: { tier } },
    })
    await give([labelled("a", "front"), labelled("b", "back")], "create -f -")
    expect(await play("get configmap -l tier=front -o name")).toBe("configmap/a\n")
    expect(await play("get configmap -l", "tier in (front,back),tier!=front", "-o", "name")).toBe("configmap/b\n")
    expect(await play("get configmap --field-selector=metadata.name=b -o name")).toBe("configmap/b\n")
    expect(await play("get configmap -A --field-selector=metadata.name=b")).toMatch(row(namespace, "b", "0"))
    expect(await play("get configmap -l tier=none")).toBe(`No resources found in ${namespace} namespace.\n`)
    expect(await fail("get configmap c")).toBe('Error from server (NotFound): configmaps "c" not found\n')
    expect(await fail("get unicorns")).toBe('error: the server doesn\'t have a resource type "unicorns"\n')
    expect(await fail("get pods --field-selector=spec.color=red")).toContain("field label not supported: spec.color")
  })

  it("watches", async ({ kubectl }) => {
    const { play, follow } = kubectl
    await play("create configmap first")
    const watching = follow("get configmaps -w --output-watch-events")
    await watching.saw(/ADDED +first/)
    await play("create configmap second")
    await play("label configmap first tier=front")
    await play("delete configmap second")
    const printed = await watching.saw(/DELETED +second/)
    watching.stop()
    expect(printed).toMatch(/ADDED +second[^]*MODIFIED +first[^]*DELETED +second/)
    expect(printed.match(/NAME/g)).toHaveLength(1)
  })
})

transcript("kubectl apply", () => {
  it("creates, leaves alone, and configures", async ({ kubectl }) => {
    const { give, play } = kubectl
    expect(await give([configMap("red")], "apply -f -")).toBe("configmap/settings created\n")
    expect(await give([configMap("red")], "apply -f -")).toBe("configmap/settings unchanged\n")
    expect(await give([configMap("blue")], "apply -f - --dry-run=server")).toBe(
      "configmap/settings configured (server dry run)\n",
    )
    expect(await play("get configmap settings -o jsonpath={.data.color}")).toBe("red")
    expect(await give([configMap("blue")], "apply -f -")).toBe("configmap/settings configured\n")
    expect(await play("get configmap settings -o jsonpath={.data.color}")).toBe("blue")
    expect(await give([canary, deployment({ replicas: 0 })], "apply -f -")).toBe(
      "canary.flagger.app/web created\ndeployment.apps/web created\n",
    )
    const other = { ...canary, spec: { ...canary.spec, analysis: { interval: "2m", threshold: 5, iterations: 3 } } }
    expect(await give([other], "apply -f -")).toBe("canary.flagger.app/web configured\n")
    expect(await play("get canary web -o jsonpath={.spec.analysis}")).toBe(
      '{"interval":"2m","iterations":3,"threshold":5}',
    )
  })

  it("removes what it had set, and keeps what others have set", async ({ kubectl }) => {
    const { give, play } = kubectl
    await give([deployment({ replicas: 0 })], "apply -f -")
    await play("label deployment web tier=front")
    await play("patch deployment web -p", '{"spec":{"revisionHistoryLimit":3}}')
    const { spec, ...rest } = deployment({ color: "blue" }) as { spec: object }
    await give([{ ...rest, spec: { ...spec, replicas: undefined } }], "apply -f -")
    expect(await play("get deployment web -o jsonpath={.spec.replicas}/{..env[0].value}")).toBe("1/blue")
    expect(await play("get deployment web -o jsonpath={.metadata.labels.tier}/{.spec.revisionHistoryLimit}")).toBe(
      "front/3",
    )
  })

  it("applies on the server, and tells of conflicts", async ({ kubectl }) => {
    const { give, play } = kubectl
    expect(await give([configMap("red")], "apply --server-side -f -")).toBe("configmap/settings serverside-applied\n")
    const asOther = "apply --server-side --field-manager=other -f -"
    await expect(give([configMap("blue")], asOther)).rejects.toThrow(
      'error: Apply failed with 1 conflict: conflict with "kubectl": .data.color\nPlease review the fields above--they currently have other managers.',
    )
    expect(await give([configMap("blue")], `${asOther} --force-conflicts`)).toBe(
      "configmap/settings serverside-applied\n",
    )
    expect(await play("get configmap settings -o jsonpath={.data.color}")).toBe("blue")
    const shown = await play("get configmap settings -o yaml --show-managed-fields")
    expect(shown).toMatch(/f:data:\n +f:color: \{\}\n +manager: other\n +operation: Apply/)
  })

  it("refuses what is wrong", async ({ kubectl }) => {
    const { give } = kubectl
    const { spec, ...rest } = deployment() as { spec: object }
    const other = { ...rest, spec: { ...spec, selector: { matchLabels: { app: "other" } } } }
    await expect(give([other], "apply -f -")).rejects.toThrow("`selector` does not match template `labels`")
    const { targetRef: _, ...noTarget } = canary.spec
    await expect(give([{ ...canary, spec: noTarget }], "apply -f -")).rejects.toThrow("spec.targetRef: Required value")
  })
})

transcript("kubectl diff", () => {
  it("shows what apply would change", async ({ kubectl }) => {
    const { give } = kubectl
    await give([deployment({ replicas: 0 })], "apply -f -")
    expect(await give([deployment({ replicas: 0 })], "diff -f -")).toBe("")
    await expect(give([deployment({ replicas: 0, color: "blue" })], "diff -f -")).rejects.toThrow(
      /-  generation: 1\n\+  generation: 2\n[^]*-          value: red\n\+          value: blue\n/,
    )
  })
})

transcript("kubectl patch, label, annotate and replace", () => {
  it("patches in three ways", async ({ kubectl }) => {
    const { give, play, fail } = kubectl
    await give([deployment({ replicas: 0 })], "create -f -")
    const template = (container: object) =>
      JSON.stringify({ spec: { template: { spec: { containers: [container] } } } })
    const added = template({ name: "web", env: [{ name: "VERSION", value: "2" }] })
    expect(await play("patch deployment web -p", added)).toBe("deployment.apps/web patched\n")
    const names = "get deployment web -o jsonpath={..env[*].name}"
    expect((await play(names)).split(" ").toSorted()).toEqual(["COLOR", "VERSION"])
    expect(await play("patch deployment web --type=merge -p", template({ name: "web", image: "other" }))).toBe(
      "deployment.apps/web patched\n",
    )
    expect(await play(names)).toBe("")
    const paused = JSON.stringify([{ op: "add", path: "/spec/paused", value: true }])
    expect(await play("patch deployment web --type=json -p", paused)).toBe("deployment.apps/web patched\n")
    expect(await play("patch deployment web --type=json -p", paused)).toBe("deployment.apps/web patched (no change)\n")
    expect(await play("get deployment web -o jsonpath={.spec.paused}")).toBe("true")
    expect(await fail("patch deployment web -p", '{"spec":{"replicas":-1}}')).toBe(
      'The Deployment "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0\n',
    )
  })

  it("patches canaries, but not strategically", async ({ kubectl }) => {
    const { give, play, fail } = kubectl
    await give([canary], "create -f -")
    expect(await play("patch canary web --type=merge -p", '{"spec":{"analysis":{"threshold":1}}}')).toBe(
      "canary.flagger.app/web patched\n",
    )
    expect(await fail("patch canary web -p", '{"spec":{"analysis":{"threshold":1}}}')).toContain(
      "application/merge-patch+json",
    )
  })

  it("labels and annotates", async ({ kubectl }) => {
    const { play, fail } = kubectl
    await play("create configmap settings")
    expect(await play("label configmap settings tier=front")).toBe("configmap/settings labeled\n")
    expect(await fail("label configmap settings tier=back")).toBe(
      "error: 'tier' already has a value (front), and --overwrite is false\n",
    )
    expect(await play("label configmap settings tier=back --overwrite")).toBe("configmap/settings labeled\n")
    expect(await play("get configmap settings -o jsonpath={.metadata.labels}")).toBe('{"tier":"back"}')
    expect(await play("label configmap settings tier-")).toBe("configmap/settings unlabeled\n")
    expect(await play("annotate configmap settings note=hello")).toBe("configmap/settings annotated\n")
    expect(await play("get configmap settings -o jsonpath={.metadata.annotations}")).toBe('{"note":"hello"}')
    expect(await fail("label configmap settings", "tier=not right")).toContain(
      "a valid label must be an empty string or consist of alphanumeric characters",
    )
  })

  it("replaces", async ({ kubectl }) => {
    const { give, play } = kubectl
    await give([configMap("red")], "create -f -")
    const uid = await play("get configmap settings -o jsonpath={.metadata.uid}")
    expect(await give([configMap("blue")], "replace -f -")).toBe("configmap/settings replaced\n")
    expect(await play("get configmap settings -o jsonpath={.data.color}/{.metadata.uid}")).toBe(`blue/${uid}`)
    expect(await give([configMap("green")], "replace --force -f -")).toContain("configmap/settings replaced\n")
    expect(await play("get configmap settings -o jsonpath={.metadata.uid}")).not.toBe(uid)
  })
})

transcript("kubectl auth", () => {
  it("tells what one may do", async ({ kubectl }) => {
    const { play, fail, namespace } = kubectl
    expect(await play("auth can-i create deployments")).toBe("yes\n")
    expect(await play("auth can-i --list")).toMatch(row("*.*", "[]", "[]", "[*]"))
    expect(await play("auth whoami -o jsonpath={.status.userInfo.username}")).toBe("admin")
    expect(await fail("auth can-i create deployments --as=visitor")).toContain("no\n")
    expect(await fail("auth can-i get canaries --subresource=status --as=visitor")).toContain("no\n")
    await play("create role reader --verb=get,list --resource=configmaps")
    await play(`create rolebinding reader --role=reader --user=visitor --serviceaccount=${namespace}:robot`)
    expect(await play("auth can-i list configmaps --as=visitor")).toBe("yes\n")
    expect(await play(`auth can-i list configmaps --as=system:serviceaccount:${namespace}:robot`)).toBe("yes\n")
    expect(await fail("auth can-i list configmaps --as=visitor -A")).toContain("no\n")
    expect(await play("get configmaps --as=visitor -o name")).toBe("configmap/kube-root-ca.crt\n")
    expect(await fail("get secrets --as=visitor")).toBe(
      `Error from server (Forbidden): secrets is forbidden: User "visitor" cannot list resource "secrets" in API group "" in the namespace "${namespace}"\n`,
    )
  })
})

transcript("kubectl explains", () => {
  it("built-in and custom kinds", async ({ kubectl }) => {
    const { play, fail } = kubectl
    expect(await play("explain deployment.spec.replicas")).toMatch(
      /GROUP: +apps\nKIND: +Deployment\nVERSION: +v1\n\nFIELD: replicas <integer>/,
    )
    expect(await play("explain pod.spec.containers")).toMatch(
      /FIELD: containers <\[\]Container>[^]*\n {2}image\t<string>\n[^]*\n {2}ports\t<\[\]ContainerPort>/,
    )
    expect(await play("explain canary.spec.analysis")).toMatch(
      /GROUP: +flagger\.app\nKIND: +Canary\nVERSION: +v1beta1\n[^]*\n {2}maxWeight\t<number>\n {4}\w+/,
    )
    expect(await play("explain canary --recursive")).toMatch(
      /\n {4}sessionAffinity\t<Object>\n|\n +stepWeight\t<number>/,
    )
    expect(await fail("explain deployment.spec.color")).toContain('error: field "color" does not exist\n')
    expect(await fail("explain unicorn")).toContain('the server doesn\'t have a resource type "unicorn"\n')
  })

  it("what there is", async ({ kubectl }) => {
    const { play } = kubectl
    const resources = await play("api-resources")
    expect(resources).toMatch(row("NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"))
    expect(resources).toMatch(row("deployments", "deploy", "apps/v1", "true", "Deployment"))
    expect(resources).toMatch(row("canaries", "flagger.app/v1beta1", "true", "Canary"))
    expect(await play("api-resources --api-group=flagger.app -o name")).toBe(
      "alertproviders.flagger.app\ncanaries.flagger.app\nmetrictemplates.flagger.app\n",
    )
    expect((await play("api-versions")).split("\n")).toEqual(
      expect.arrayContaining(["v1", "apps/v1", "flagger.app/v1beta1"]),
    )
    expect(await play("cluster-info")).toContain("is running at")
    expect(await play("version")).toMatch(/Server Version: v1\.\d+\.\d+/)
  })
})

transcript("kubectl delete", () => {
  it("deletes by name, by label, from a file, or all", async ({ kubectl }) => {
    const { give, play, fail, namespace } = kubectl
    for (const name of ["a", "b", "c"]) await play(`create configmap ${name}`)
    expect(await play("delete configmap a")).toMatch(/^configmap "a" deleted( from \S+ namespace)?\n$/)
    expect(await fail("delete configmap a")).toBe('Error from server (NotFound): configmaps "a" not found\n')
    expect(await play("delete configmap a --ignore-not-found")).toBe("")
    await play("label configmap b tier=front")
    expect(await play("delete configmap -l tier=front -o name")).toBe("configmap/b\n")
    await give([configMap("red")], "create -f -")
    expect(await give([configMap("red")], "delete -f -")).toContain('configmap "settings" deleted')
    await play("delete configmap --all")
    expect(await play("get configmap c --ignore-not-found")).toBe("")
    expect(await play("delete configmap -l tier=none")).toBe("No resources found\n")
    expect(await play(`delete namespace ${namespace}`)).toContain(`namespace "${namespace}" deleted\n`)
    expect(await fail(`get namespace ${namespace}`)).toContain("not found")
  })
})
