import type { Phase } from "#api/canary.ts"
import type { KubeObject } from "#api/objects.ts"
import { canary, deployment, imageOf } from "./objects.ts"
import type { Namespace } from "./world.ts"

interface Left {
  phase: Phase
  /** Version of the target's pods; the primary runs 1.0.0. */
  target: string
  lastAppliedSpec: string
  lastPromotedSpec: string
}

/** Makes what the original operator leaves behind for a canary behind Istio: objects, and a status with its hashes. */
export async function leave(shop: Namespace, name: string, left: Left): Promise<void> {
  await shop.create(canary(name))
  const { metadata } = await shop.patch("Canary", { status: statusOf(left) }, name, "status")
  const ownerReferences = [
    {
      apiVersion: "flagger.app/v1beta1",
      kind: "Canary",
      name,
      uid: metadata.uid!,
      controller: true,
      blockOwnerDeletion: true,
    },
  ]
  const owned = (object: KubeObject): KubeObject => ({ ...object, metadata: { ...object.metadata, ownerReferences } })
  await shop.create(
    withImage(deployment(name, { replicas: 0 }), left.target),
    ...[primary(name), ...services(name), ...istio(name)].map(owned),
  )
}

function statusOf({ phase, lastAppliedSpec, lastPromotedSpec }: Left) {
  const at = "2026-01-01T12:00:00Z"
  const promoted = {
    type: "Promoted",
    status: phase === "Failed" ? "False" : "True",
    reason: phase,
    message: "told by the original",
    lastUpdateTime: at,
    lastTransitionTime: at,
  }
  return {
    phase,
    canaryWeight: 0,
    failedChecks: 0,
    iterations: 0,
    trackedConfigs: {},
    lastAppliedSpec,
    lastPromotedSpec,
    lastTransitionTime: at,
    conditions: [promoted],
  }
}

function withImage(workload: KubeObject, version: string): KubeObject {
  workload["spec"].template.spec.containers[0].image = imageOf(version)
  return workload
}

function primary(name: string): KubeObject {
  const workload = deployment(`${name}-primary`)
  workload["spec"].template.metadata.annotations = { "flagger-id": "3f2b9a86-5d0e-4c57-9f0e-2f0f6c1a7b11" }
  return workload
}

const unmanagedByFlux = {
  "helm.toolkit.fluxcd.io/driftDetection": "disabled",
  "kustomize.toolkit.fluxcd.io/reconcile": "disabled",
}

function services(name: string): KubeObject[] {
  const service = (own: string, app: string): KubeObject => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: own, labels: { app: own }, annotations: unmanagedByFlux },
    spec: { selector: { app }, ports: [{ name: "http", protocol: "TCP", port: 80, targetPort: 9898 }] },
  })
  return [
    service(name, `${name}-primary`),
    service(`${name}-primary`, `${name}-primary`),
    service(`${name}-canary`, name),
  ]
}

function istio(name: string): KubeObject[] {
  const apiVersion = "networking.istio.io/v1beta1"
  const to = (host: string, weight: number) => ({ destination: { host }, weight })
  const rule = (own: string): KubeObject => ({
    apiVersion,
    kind: "DestinationRule",
    metadata: { name: own },
    spec: { host: own },
  })
  const routes: KubeObject = {
    apiVersion,
    kind: "VirtualService",
    metadata: { name, annotations: unmanagedByFlux },
    spec: {
      hosts: [name],
      gateways: ["mesh"],
      http: [{ route: [to(`${name}-primary`, 100), to(`${name}-canary`, 0)] }],
    },
  }
  return [rule(`${name}-primary`), rule(`${name}-canary`), routes]
}
