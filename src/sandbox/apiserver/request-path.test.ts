import { describe, expect, it } from "vitest"
import { resourcePath } from "./request-path.ts"

describe("a path", () => {
  it.each([
    ["/api/v1/pods", { group: "", version: "v1", plural: "pods" }],
    ["/api/v1/namespaces", { group: "", version: "v1", plural: "namespaces" }],
    ["/api/v1/namespaces/shop", { group: "", version: "v1", plural: "namespaces", name: "shop" }],
    [
      "/api/v1/namespaces/shop/finalize",
      { group: "", version: "v1", plural: "namespaces", name: "shop", subresource: "finalize" },
    ],
    ["/api/v1/namespaces/shop/pods", { group: "", version: "v1", namespace: "shop", plural: "pods" }],
    ["/api/v1/namespaces/shop/pods/", { group: "", version: "v1", namespace: "shop", plural: "pods" }],
    [
      "/apis/apps/v1/namespaces/shop/deployments/web/scale",
      { group: "apps", version: "v1", namespace: "shop", plural: "deployments", name: "web", subresource: "scale" },
    ],
    [
      "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Aadmin",
      { group: "rbac.authorization.k8s.io", version: "v1", plural: "clusterroles", name: "system:admin" },
    ],
  ])("%s", (path, wanted) => expect(resourcePath(path)).toEqual(wanted))
  it.each(["/", "/api", "/api/v1", "/apis/apps/v1", "/apis/apps/v1/", "/healthz"])("%s names no resource", (path) => {
    expect(resourcePath(path)).toBeUndefined()
  })
  it.each(["/api/v1/namespaces/shop/pods/a/b/c", "/api/v1/pods/%E0%A4%A"])("%s leads nowhere", (path) => {
    expect(() => resourcePath(path)).toThrow("the server could not find the requested resource")
  })
})
