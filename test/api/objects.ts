/** Objects that are complete, so that a case says only what it is about. */

type Json = Record<string, any>

export const configMap = (name: string, data: Record<string, string> = {}, metadata: Json = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, ...metadata },
  data,
})

export const labelled = (name: string, labels: Record<string, string>) => configMap(name, {}, { labels })

/** Has a status and no controller at work. */
export const ingress = (name: string, spec: Json = {}, metadata: Json = {}) => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "Ingress",
  metadata: { name, ...metadata },
  spec: { defaultBackend: { service: { name: "web", port: { number: 80 } } }, ...spec },
})

/** Without replicas, so that nothing follows from it. */
export const deployment = (name: string, spec: Json = {}, pod: Json = {}) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: "web", image: "web:1" }], ...pod } },
    ...spec,
  },
})

export const pod = (name: string, spec: Json = {}, metadata: Json = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, ...metadata },
  spec: { containers: [{ name: "web", image: "web:1" }], ...spec },
})
