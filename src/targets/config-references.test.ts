import type { PodSpec } from "kubernetes-types/core/v1.js"
import { describe, expect, it } from "vitest"
import { configUsesOf, withPrimaryConfigs } from "./config-references.ts"
import type { ConfigUse, TrackedConfig } from "./contract.ts"

const web = { name: "web", image: "shop/web:1" }
const pod = (fields: object): PodSpec => ({ containers: [web], ...fields })
const key = { key: "k" }

/** Each place a pod can name a config: what it names, and the pod with another name in the same place. */
const places: [string, ConfigUse["kind"], (name: string, optional?: boolean) => PodSpec][] = [
  [
    "a ConfigMap volume",
    "ConfigMap",
    (name, optional) => pod({ volumes: [{ name: "v", configMap: { name, optional } }] }),
  ],
  [
    "a Secret volume",
    "Secret",
    (name, optional) => pod({ volumes: [{ name: "v", secret: { secretName: name, optional } }] }),
  ],
  [
    "a projected ConfigMap",
    "ConfigMap",
    (name, optional) => pod({ volumes: [{ name: "v", projected: { sources: [{ configMap: { name, optional } }] } }] }),
  ],
  [
    "a projected Secret",
    "Secret",
    (name, optional) => pod({ volumes: [{ name: "v", projected: { sources: [{ secret: { name, optional } }] } }] }),
  ],
  ...["containers", "initContainers"].flatMap((list): typeof places => {
    const inContainer = (fields: object) => pod({ [list]: [{ ...web, ...fields }] })
    const env = (valueFrom: object) =>
      inContainer({
        env: [
          { name: "PLAIN", value: "x" },
          { name: "E", valueFrom },
        ],
      })
    return [
      [
        `env from a ConfigMap in ${list}`,
        "ConfigMap",
        (name, optional) => env({ configMapKeyRef: { name, optional, ...key } }),
      ],
      [`env from a Secret in ${list}`, "Secret", (name, optional) => env({ secretKeyRef: { name, optional, ...key } })],
      [
        `envFrom a ConfigMap in ${list}`,
        "ConfigMap",
        (name, optional) => inContainer({ envFrom: [{ prefix: "P_", configMapRef: { name, optional } }] }),
      ],
      [
        `envFrom a Secret in ${list}`,
        "Secret",
        (name, optional) => inContainer({ envFrom: [{ secretRef: { name, optional } }] }),
      ],
    ]
  }),
]

const tracked = (kind: ConfigUse["kind"], name: string): TrackedConfig => ({ kind, name, checksum: "" })

describe.each(places)("%s", (_place, kind, at) => {
  it("is found, and is required unless it says otherwise", () => {
    expect(configUsesOf(at("settings"))).toEqual([{ kind, name: "settings", optional: false }])
    expect(configUsesOf(at("settings", false))).toEqual([{ kind, name: "settings", optional: false }])
    expect(configUsesOf(at("settings", true))).toEqual([{ kind, name: "settings", optional: true }])
  })
  it("reads the primary's copy when the config is tracked", () => {
    expect(withPrimaryConfigs(at("settings"), [tracked(kind, "settings")])).toEqual(at("settings-primary"))
  })
  it("stays as it is when the config is not tracked, or only one of the same name and another kind is", () => {
    const other = kind === "Secret" ? "ConfigMap" : "Secret"
    const configs = [tracked(kind, "settings-2"), tracked(other, "settings")]
    expect(withPrimaryConfigs(at("settings"), configs)).toEqual(at("settings"))
  })
})

describe("configs in use", () => {
  it("are not image pull secrets, other volumes, fields or plain values", () => {
    const others = pod({
      imagePullSecrets: [{ name: "registry" }],
      volumes: [
        { name: "e", emptyDir: {} },
        { name: "c", csi: { driver: "d", nodePublishSecretRef: { name: "csi" } } },
        { name: "p", projected: { sources: [{ serviceAccountToken: { path: "t" } }] } },
      ],
      containers: [{ ...web, env: [{ name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }] }],
    })
    expect(configUsesOf(others)).toEqual([])
    expect(withPrimaryConfigs(others, [tracked("Secret", "registry"), tracked("Secret", "csi")])).toEqual(others)
  })
  it("are listed once, and the last place that names one decides whether it is optional", () => {
    const inVolume = (optional: boolean) => [{ name: "v", configMap: { name: "settings", optional } }]
    const envFrom = (optional: boolean) => [{ configMapRef: { name: "settings", optional } }]
    const inContainer = { volumes: inVolume(true), containers: [{ ...web, envFrom: envFrom(false) }] }
    expect(configUsesOf(pod(inContainer))).toEqual([{ kind: "ConfigMap", name: "settings", optional: false }])
    const alsoInInit = { ...inContainer, initContainers: [{ ...web, envFrom: envFrom(true) }] }
    expect(configUsesOf(pod(alsoInInit))).toEqual([{ kind: "ConfigMap", name: "settings", optional: true }])
  })
  it("are a ConfigMap and a Secret where both have one name", () => {
    const envFrom = [{ configMapRef: { name: "settings" } }, { secretRef: { name: "settings" } }]
    expect(configUsesOf(pod({ containers: [{ ...web, envFrom }] }))).toEqual([
      { kind: "ConfigMap", name: "settings", optional: false },
      { kind: "Secret", name: "settings", optional: false },
    ])
  })
  it("are none where a reference has no name", () => {
    expect(configUsesOf(pod({ containers: [{ ...web, envFrom: [{ configMapRef: {} }] }] }))).toEqual([])
  })
})
