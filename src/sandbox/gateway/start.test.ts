import { Pool } from "undici"
import { expect, it, onTestFinished } from "vitest"
import { startApiServer } from "../apiserver/server.ts"
import { systemClock } from "../contract.ts"
import { gatewayApiCrds } from "./crds/all.ts"
import * as make from "./objects.test-support.ts"
import { portsAnnotation } from "../kubelet/ports.ts"
import { startPod } from "./running.test-support.ts"
import { startGateway } from "./start.ts"

it("serves what the sandbox's API server holds, tells it so, and follows every change", async () => {
  const { cluster, close } = await startApiServer()
  onTestFinished(close)
  const namespaced = ["demo", "gateways"].map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } }))
  const pods = [await startPod("primary"), await startPod("canary")]
  const route = { ...make.route({ rules: [make.split(100, 0)] }), apiVersion: "gateway.networking.k8s.io/v1beta1" }
  for (const object of [...gatewayApiCrds, ...namespaced, make.gatewayClass(), make.gateway(), route])
    cluster.create(object)
  for (const { name, place } of pods) {
    cluster.create(make.service(`shop-${name}`))
    cluster.create(make.slice(`shop-${name}`, [place]))
  }

  const problems: unknown[] = []
  const log = (...problem: unknown[]) => void problems.push(problem)
  const gateway = await startGateway({ cluster, clock: systemClock, host: "127.0.0.1", port: 0, log })
  const client = new Pool(gateway.url)
  onTestFinished(async () => {
    await client.destroy()
    await gateway.close()
  })
  const ask = async () => (await client.request({ path: "/", method: "GET", headers: { host: "shop" } })).body.text()
  const live = (kind: string) => cluster.list({ apiVersion: "gateway.networking.k8s.io/v1", kind })[0]!

  expect(await ask()).toBe("primary")
  await expect
    .poll(() => live("HTTPRoute").status?.parents?.[0]?.conditions)
    .toMatchObject([
      { type: "Accepted", status: "True", observedGeneration: 1 },
      { type: "ResolvedRefs", status: "True" },
    ])
  expect(live("Gateway").status).toMatchObject({
    addresses: [{ value: "127.0.0.1" }],
    conditions: [
      { type: "Accepted", status: "True" },
      { type: "Programmed", status: "True" },
    ],
    listeners: [{ name: "http", attachedRoutes: 1 }],
  })
  expect(live("GatewayClass").status.conditions).toMatchObject([{ type: "Accepted", status: "True" }])

  const shop = live("HTTPRoute")
  cluster.update({ ...shop, spec: { ...shop.spec, rules: [make.split(0, 100)] } })
  await expect.poll(ask).toBe("canary")
  await expect.poll(() => live("HTTPRoute").status.parents[0].conditions[0].observedGeneration).toBe(2)
  cluster.delete({ ...make.service("shop-canary"), namespace: "demo", name: "shop-canary" })
  await expect.poll(ask).toBe("Service demo/shop-canary does not exist\n")
  await expect.poll(() => live("HTTPRoute").status.parents[0].conditions[1].reason).toBe("BackendNotFound")
  expect(problems).toEqual([])
})

it("finds pods whose ports are elsewhere, also when they say so late", async () => {
  const { cluster, close } = await startApiServer()
  onTestFinished(close)
  for (const object of gatewayApiCrds) cluster.create(object)
  cluster.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "demo" } })
  const { place } = await startPod("shop-x")
  const ref = { apiVersion: "v1", kind: "Pod", namespace: "demo", name: "shop-x" }
  cluster.create({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "shop-x", namespace: "demo" },
    spec: { containers: [{ name: "app", image: "demo" }] },
  })
  cluster.create(make.service("shop"))
  cluster.create(make.slice("shop", [{ pod: "shop-x", address: "127.0.0.1", port: 8080 }]))
  const gateway = await startGateway({ cluster, clock: systemClock, host: "127.0.0.1", port: 0 })
  const client = new Pool(gateway.url)
  onTestFinished(async () => {
    await client.destroy()
    await gateway.close()
  })
  const say = (ports: string) => cluster.patch(ref, { metadata: { annotations: { [portsAnnotation]: ports } } })
  const ask = async () =>
    (await client.request({ path: "/", method: "GET", headers: { host: "shop.demo" } })).body.text()

  say(JSON.stringify({ 8080: place.port }))
  await new Promise((resolve) => setImmediate(resolve))
  expect(await ask()).toBe("shop-x")
})
