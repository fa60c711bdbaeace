import { describe, expect } from "vitest"
import { problemsOf } from "./http.ts"
import { it } from "./it.ts"
import { deployment, pod } from "./objects.ts"

const web = { name: "web", image: "web:1" }
const containerDefaults = {
  resources: {},
  terminationMessagePath: "/dev/termination-log",
  terminationMessagePolicy: "File",
  imagePullPolicy: "IfNotPresent",
}
const podDefaults = {
  restartPolicy: "Always",
  terminationGracePeriodSeconds: 30,
  dnsPolicy: "ClusterFirst",
  securityContext: {},
  schedulerName: "default-scheduler",
}
const template = (spec: object = {}) => ({
  metadata: { labels: { app: "a" } },
  spec: { containers: [{ ...web, ...containerDefaults }], ...podDefaults, ...spec },
})
const selector = { matchLabels: { app: "a" } }

describe.concurrent("deployments", () => {
  it("get what they leave out", async ({ api, space }) => {
    const { spec, status } = await api.given(space.at("deployments"), deployment("a"))
    expect(spec).toEqual({
      replicas: 0,
      selector,
      template: template(),
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "25%", maxSurge: "25%" } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    })
    expect(status).toEqual({})
  })

  it("want one replica where they do not say", async ({ api, space }) => {
    const { spec } = await api.given(space.at("deployments"), deployment("a", { replicas: undefined, paused: true }))
    expect(spec.replicas).toBe(1)
  })

  it("get the other half of a rolling update", async ({ api, space }) => {
    const strategy = { rollingUpdate: { maxSurge: 1 } }
    const { spec } = await api.given(space.at("deployments"), deployment("a", { strategy }))
    expect(spec.strategy).toEqual({
      type: "RollingUpdate",
      rollingUpdate: { maxUnavailable: "25%", maxSurge: 1 },
    })
  })

  it("cannot change their selector", async ({ api, space }) => {
    await api.given(space.at("deployments"), deployment("a"))
    const labels = { app: "b" }
    const change = { spec: { selector: { matchLabels: labels }, template: { metadata: { labels } } } }
    expect(problemsOf(await api.patch(space.at("deployments", "a"), "merge", change))).toEqual([
      'spec.selector: Invalid value: {"matchLabels":{"app":"b"}}: field is immutable',
    ])
  })

  it("select their own pods", async ({ api, space }) => {
    const answer = await api.create(
      space.at("deployments"),
      deployment("a", { selector: { matchLabels: { app: "b" } } }),
    )
    expect(problemsOf(answer)).toEqual([
      'spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`',
    ])
  })

  it("need a selector and containers", async ({ api, space }) => {
    expect(problemsOf(await api.create(space.at("deployments"), { metadata: { name: "a" }, spec: {} }))).toEqual([
      "spec.selector: Required value",
      "spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`",
      "spec.template.spec.containers: Required value",
    ])
  })

  it("are told of all mistakes at once", async ({ api, space }) => {
    const containers = [
      { name: "C", ports: [{}], resources: { requests: { cpu: "2" }, limits: { cpu: "1" } } },
      { name: "d", image: "x", env: [{ name: "a=b" }], volumeMounts: [{ name: "nope", mountPath: "/x" }] },
    ]
    const strategy = { type: "Recreate", rollingUpdate: { maxSurge: 1 } }
    const object = deployment("a", { replicas: -1, strategy }, { containers, restartPolicy: "Never" })
    expect(problemsOf(await api.create(space.at("deployments"), object)).toSorted()).toEqual(
      [
        "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
        'spec.template.spec.containers[0].name: Invalid value: "C": a lowercase RFC 1123 label must consist of lower ' +
          "case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  " +
          "or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
        "spec.template.spec.containers[0].image: Required value",
        "spec.template.spec.containers[0].ports[0].containerPort: Required value",
        'spec.template.spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
        'spec.template.spec.containers[1].env[0].name: Invalid value: "a=b": a valid environment variable name must ' +
          "consist only of printable ASCII characters other than '='",
        'spec.template.spec.containers[1].volumeMounts[0].name: Not found: "nope"',
        'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
        "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
      ].toSorted(),
    )
  })

  it("can make progress", async ({ api, space }) => {
    const rollingUpdate = { maxSurge: 0, maxUnavailable: 0 }
    const answer = await api.create(space.at("deployments"), deployment("a", { strategy: { rollingUpdate } }))
    expect(problemsOf(answer)).toEqual([
      "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0",
    ])
    const quick = deployment("a", { minReadySeconds: 20, progressDeadlineSeconds: 10 })
    expect(problemsOf(await api.create(space.at("deployments"), quick))).toEqual([
      "spec.progressDeadlineSeconds: Invalid value: 10: must be greater than minReadySeconds",
    ])
  })

  it("are always pulled anew at the latest tag", async ({ api, space }) => {
    const images = ["web", "web:latest", "host:5000/web", "web:1", `web@sha256:${"0".repeat(64)}`]
    const containers = images.map((image, number) => ({ name: `c${number}`, image }))
    const { spec } = await api.given(space.at("deployments"), deployment("a", {}, { containers }))
    expect(spec.template.spec.containers.map(({ imagePullPolicy }: any) => imagePullPolicy)).toEqual([
      "Always",
      "Always",
      "Always",
      "IfNotPresent",
      "IfNotPresent",
    ])
  })
})

describe.concurrent("other workloads", () => {
  it("replica sets get what they leave out", async ({ api, space }) => {
    const { spec, status } = await api.given(space.at("replicasets"), {
      metadata: { name: "a" },
      spec: { replicas: 0, selector, template: deployment("a").spec.template },
    })
    expect(spec).toEqual({ replicas: 0, selector, template: template() })
    expect(status).toEqual({ replicas: 0 })
  })

  it("daemon sets get what they leave out", async ({ api, space }) => {
    const { spec, status, metadata } = await api.given(space.at("daemonsets"), {
      metadata: { name: "a" },
      spec: { selector, template: deployment("a", {}, { nodeSelector: { no: "node" } }).spec.template },
    })
    expect(spec).toEqual({
      selector,
      template: template({ nodeSelector: { no: "node" } }),
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      revisionHistoryLimit: 10,
    })
    expect(status).toEqual({
      currentNumberScheduled: 0,
      numberMisscheduled: 0,
      desiredNumberScheduled: 0,
      numberReady: 0,
    })
    expect(metadata).toMatchObject({ annotations: { "deprecated.daemonset.template.generation": "1" } })
  })

  it("stateful sets get what they leave out", async ({ api, space }) => {
    const { spec } = await api.given(space.at("statefulsets"), {
      metadata: { name: "a" },
      spec: { replicas: 0, serviceName: "a", selector, template: deployment("a").spec.template },
    })
    expect(spec).toMatchObject({
      podManagementPolicy: "OrderedReady",
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
      revisionHistoryLimit: 10,
    })
  })

  const job = (spec: object = {}, pods: object = {}) => ({
    metadata: { name: "a" },
    spec: { suspend: true, template: { spec: { restartPolicy: "Never", containers: [web], ...pods } }, ...spec },
  })

  it("jobs get what they leave out, and labels and a selector of their own", async ({ api, space }) => {
    const { metadata, spec }: any = await api.given(space.at("jobs"), job())
    const labels = {
      "batch.kubernetes.io/controller-uid": metadata.uid,
      "batch.kubernetes.io/job-name": "a",
      "controller-uid": metadata.uid,
      "job-name": "a",
    }
    expect(metadata.labels).toEqual(labels)
    expect(spec).toMatchObject({
      parallelism: 1,
      completions: 1,
      backoffLimit: 6,
      completionMode: "NonIndexed",
      selector: { matchLabels: { "batch.kubernetes.io/controller-uid": metadata.uid } },
      template: { metadata: { labels } },
    })
  })

  it("jobs may not run forever", async ({ api, space }) => {
    expect(problemsOf(await api.create(space.at("jobs"), job({}, { restartPolicy: undefined })))).toEqual([
      'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
    ])
  })

  it("jobs cannot change what they have to do", async ({ api, space }) => {
    await api.given(space.at("jobs"), job())
    expect(problemsOf(await api.patch(space.at("jobs", "a"), "merge", { spec: { completions: 5 } }))).toEqual([
      "spec.completions: Invalid value: 5: field is immutable",
    ])
    const change = await api.patch(space.at("jobs", "a"), "merge", { spec: { template: { spec: { hostname: "x" } } } })
    expect(problemsOf(change)).toEqual([
      expect.stringMatching(/^spec\.template\S*: Invalid value: .*: field is immutable$/),
    ])
    expect((await api.patch(space.at("jobs", "a"), "merge", { spec: { parallelism: 2 } })).status).toBe(200)
  })

  const cronJob = (spec: object) => ({
    metadata: { name: "a" },
    spec: { jobTemplate: { spec: { ...job().spec } }, ...spec },
  })

  it("cron jobs get what they leave out", async ({ api, space }) => {
    const { spec } = await api.given(space.at("cronjobs"), cronJob({ schedule: "0 0 1 1 *" }))
    expect(spec).toMatchObject({
      concurrencyPolicy: "Allow",
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    })
  })

  it("cron jobs have a time", async ({ api, space }) => {
    const object = cronJob({ schedule: "nope", concurrencyPolicy: "x" })
    expect(problemsOf(await api.create(space.at("cronjobs"), object))).toEqual([
      'spec.schedule: Invalid value: "nope": expected exactly 5 fields, found 1: [nope]',
      'spec.concurrencyPolicy: Unsupported value: "x": supported values: "Allow", "Forbid", "Replace"',
    ])
  })

  it("disruption budgets have an empty status at first", async ({ api, space }) => {
    const spec = { minAvailable: 1, selector }
    const created = await api.given(space.at("poddisruptionbudgets"), { metadata: { name: "a" }, spec })
    expect(created).toMatchObject({
      spec,
      status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
    })
  })
})

describe.concurrent("pods", () => {
  it("get what they leave out", async ({ api, space }) => {
    const { spec, status }: any = await api.given(space.at("pods"), pod("a"))
    const tolerated = (key: string) => ({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 })
    expect(spec).toMatchObject({
      ...podDefaults,
      containers: [{ ...web, ...containerDefaults }],
      tolerations: [tolerated("node.kubernetes.io/not-ready"), tolerated("node.kubernetes.io/unreachable")],
      enableServiceLinks: true,
    })
    expect(status).toMatchObject({ phase: "Pending", qosClass: "BestEffort" })
  })

  it("get what their probes, ports, variables and volumes leave out", async ({ api, space }) => {
    const container = {
      ...web,
      ports: [{ containerPort: 80 }],
      env: [{ name: "NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }],
      livenessProbe: { httpGet: { port: 80 } },
      readinessProbe: { tcpSocket: { port: "http" }, periodSeconds: 5 },
    }
    const volumes = [
      { name: "empty" },
      { name: "config", configMap: { name: "x" } },
      { name: "secret", secret: { secretName: "x" } },
    ]
    const { spec }: any = await api.given(space.at("pods"), pod("a", { containers: [container], volumes }))
    const probe = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 }
    expect(spec.containers[0]).toMatchObject({
      ports: [{ containerPort: 80, protocol: "TCP" }],
      env: [{ name: "NAME", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.name" } } }],
      livenessProbe: { httpGet: { path: "/", port: 80, scheme: "HTTP" }, ...probe },
      readinessProbe: { tcpSocket: { port: "http" }, ...probe, periodSeconds: 5 },
    })
    expect(spec.volumes).toEqual([
      { name: "empty", emptyDir: {} },
      { name: "config", configMap: { name: "x", defaultMode: 420 } },
      { name: "secret", secret: { secretName: "x", defaultMode: 420 } },
    ])
  })

  it("ask for what they are limited to, in canonical quantities", async ({ api, space }) => {
    const resources = { limits: { cpu: "0.5", memory: "1024Mi" } }
    const { spec, status }: any = await api.given(space.at("pods"), pod("a", { containers: [{ ...web, resources }] }))
    const canonical = { cpu: "500m", memory: "1Gi" }
    expect(spec.containers[0].resources).toEqual({ limits: canonical, requests: canonical })
    expect(status.qosClass).toBe("Guaranteed")
  })

  it("need containers that make sense", async ({ api, space }) => {
    const refused = async (spec: object) => problemsOf(await api.create(space.at("pods"), pod("a", spec)))
    expect(await refused({ containers: [] })).toEqual(["spec.containers: Required value"])
    expect(await refused({ containers: [web, web] })).toEqual(['spec.containers[1].name: Duplicate value: "web"'])
    expect(await refused({ restartPolicy: "x" })).toContain(
      'spec.restartPolicy: Unsupported value: "x": supported values: "Always", "OnFailure", "Never"',
    )
    const ports = [{ containerPort: 99_999, protocol: "x" }]
    expect(await refused({ containers: [{ ...web, ports, imagePullPolicy: "x", livenessProbe: {} }] })).toEqual([
      "spec.containers[0].ports[0].containerPort: Invalid value: 99999: must be between 1 and 65535, inclusive",
      'spec.containers[0].ports[0].protocol: Unsupported value: "x": supported values: "SCTP", "TCP", "UDP"',
      'spec.containers[0].imagePullPolicy: Unsupported value: "x": supported values: "Always", "IfNotPresent", "Never"',
      "spec.containers[0].livenessProbe: Required value: must specify a handler type",
    ])
  })

  it("cannot have quantities that are none", async ({ api, space }) => {
    const resources = { limits: { cpu: "abc" } }
    const { status, body } = await api.create(space.at("pods"), pod("a", { containers: [{ ...web, resources }] }))
    expect({ status, reason: body.reason }).toEqual({ status: 400, reason: "BadRequest" })
    expect(body.message).toContain("quantities must match the regular expression")
  })

  it("can only change their images", async ({ api, space }) => {
    await api.given(space.at("pods"), pod("a", { nodeName: "elsewhere" }))
    const path = space.at("pods", "a")
    expect(
      (await api.patch(path, "strategic", { spec: { containers: [{ name: "web", image: "web:2" }] } })).status,
    ).toBe(200)
    const [problem] = problemsOf(await api.patch(path, "merge", { spec: { hostname: "other" } }))
    expect(problem).toMatch(
      /^spec: Forbidden: pod updates may not change fields other than `spec\.containers\[\*\]\.image`/,
    )
  })
})
