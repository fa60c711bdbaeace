import { describe, expect, it } from "vitest"
import { collectionPath, homeOf, pathOf } from "./kinds.ts"

const ref = (apiVersion: string, kind: string, namespace?: string) => ({ apiVersion, kind, namespace, name: "podinfo" })

describe("where the API keeps an object", () => {
  it.each([
    [ref("v1", "Service", "test"), "/api/v1/namespaces/test/services/podinfo"],
    [ref("apps/v1", "Deployment", "test"), "/apis/apps/v1/namespaces/test/deployments/podinfo"],
    [ref("networking.k8s.io/v1", "Ingress", "test"), "/apis/networking.k8s.io/v1/namespaces/test/ingresses/podinfo"],
    [ref("serving.knative.dev/v1", "Service", "t"), "/apis/serving.knative.dev/v1/namespaces/t/services/podinfo"],
    [ref("projectcontour.io/v1", "HTTPProxy", "t"), "/apis/projectcontour.io/v1/namespaces/t/httpproxies/podinfo"],
    [ref("kuma.io/v1alpha1", "TrafficRoute"), "/apis/kuma.io/v1alpha1/trafficroutes/podinfo"],
    [ref("v1", "Namespace"), "/api/v1/namespaces/podinfo"],
  ])("%o is at %s", (object, path) => expect(pathOf(object)).toBe(path))

  it("follows whatever version of a group the caller speaks", () => {
    expect(pathOf(ref("networking.istio.io/v1alpha3", "VirtualService", "test"))).toContain("/v1alpha3/")
    expect(pathOf(ref("networking.istio.io/v1", "VirtualService", "test"))).toContain("/v1/")
  })

  it("appends a subresource", () => {
    expect(pathOf(ref("flagger.app/v1beta1", "Canary", "test"), "status")).toBe(
      "/apis/flagger.app/v1beta1/namespaces/test/canaries/podinfo/status",
    )
  })

  it("does not put cluster-scoped objects into a namespace", () => {
    expect(pathOf(ref("kuma.io/v1alpha1", "TrafficRoute", "test"))).toBe("/apis/kuma.io/v1alpha1/trafficroutes/podinfo")
  })

  it("lists one namespace or all of them", () => {
    expect(collectionPath("flagger.app/v1beta1", "Canary", "test")).toBe(
      "/apis/flagger.app/v1beta1/namespaces/test/canaries",
    )
    expect(collectionPath("flagger.app/v1beta1", "Canary")).toBe("/apis/flagger.app/v1beta1/canaries")
  })

  it("names the kind it does not know", () => {
    expect(() => pathOf(ref("apps/v1", "StatefulSet", "test"))).toThrow("StatefulSet of apps/v1")
    expect(() => pathOf(ref("apps/v1", "constructor", "test"))).toThrow("constructor of apps/v1")
    expect(() => collectionPath("example.com/v1", "Deployment")).toThrow("Deployment of example.com/v1")
  })

  it("refuses a namespaced object without a namespace", () => {
    expect(() => homeOf({ apiVersion: "v1", kind: "Secret" })).toThrow("Secret of v1 needs a namespace")
  })

  it("never lets a name point at something else", () => {
    const secret = (name: string) => pathOf({ apiVersion: "v1", kind: "Secret", namespace: "test", name })
    expect(secret("a/../b?c")).toBe("/api/v1/namespaces/test/secrets/a%2F..%2Fb%3Fc")
    expect(() => secret("")).toThrow("not a name")
    expect(() => secret("..")).toThrow("not a name")
  })
})
