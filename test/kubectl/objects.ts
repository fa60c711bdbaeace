/** What the transcripts play with. */
export const deployment = (fields: { replicas?: number; image?: string; color?: string } = {}): object => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", labels: { app: "web" } },
  spec: {
    replicas: fields.replicas ?? 1,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: {
        containers: [
          {
            name: "web",
            image: fields.image ?? "flagger/demo:1.0.0",
            ports: [{ name: "http", containerPort: 8080 }],
            env: [{ name: "COLOR", value: fields.color ?? "red" }],
            readinessProbe: { httpGet: { path: "/readyz", port: "http" }, periodSeconds: 1 },
          },
        ],
      },
    },
  },
})

export const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web" },
  spec: { selector: { app: "web" }, ports: [{ name: "http", port: 80, targetPort: "http" }] },
}

export const configMap = (value: string): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "settings" },
  data: { color: value },
})

export const canary = {
  apiVersion: "flagger.app/v1beta1",
  kind: "Canary",
  metadata: { name: "web" },
  spec: {
    targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
    service: { port: 80 },
    analysis: { interval: "1m", threshold: 5, stepWeight: 10, maxWeight: 50 },
  },
}
