import { expect, it, onTestFinished } from "vitest"
import { createKubeApi } from "./client.ts"
import { anonymous } from "./credentials.ts"
import { answer, misbehavingServer, refused } from "./misbehaving.test-server.ts"
import { watchSourceOf } from "./watch-source.ts"

const { signal } = new AbortController()
const secrets = { apiVersion: "v1", kind: "Secret", namespace: "test" }

async function sourceOf(handler: Parameters<typeof misbehavingServer>[0]) {
  const server = await misbehavingServer(handler)
  const client = createKubeApi(anonymous(server.url), { qps: 0, burst: 1, userAgent: "flagger/test" })
  onTestFinished(() => client.close())
  return { server, source: watchSourceOf(client)(secrets) }
}

it("reads whole objects, or only what is around them", async () => {
  const { server, source } = await sourceOf(({ url }, response) => {
    if (url.includes("watch=1")) return void response.end("{}\n")
    const metadata = { name: "a", resourceVersion: "7" }
    answer(response, 200, url.endsWith("/a") ? { metadata } : { metadata, items: [{ metadata }] })
  })
  for (const metadataOnly of [false, true]) {
    const lines: string[] = []
    expect(await source.list("resourceVersion=0", { metadataOnly, signal })).toMatchObject({ resourceVersion: "7" })
    await source.watch("watch=1", { metadataOnly, signal }, (line) => lines.push(line))
    expect(await source.get({ ...secrets, name: "a" }, { metadataOnly, signal })).toMatchObject({
      metadata: { name: "a" },
    })
    expect(lines).toEqual(["{}"])
  }
  const json = "application/json"
  const path = "/api/v1/namespaces/test/secrets"
  expect(server.received.map(({ url, headers }) => [url, headers.accept])).toEqual([
    [`${path}?resourceVersion=0`, json],
    [`${path}?watch=1`, json],
    [`${path}/a`, json],
    [`${path}?resourceVersion=0`, `${json};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,${json}`],
    [`${path}?watch=1`, `${json};as=PartialObjectMetadata;g=meta.k8s.io;v=v1,${json}`],
    [`${path}/a`, `${json};as=PartialObjectMetadata;g=meta.k8s.io;v=v1,${json}`],
  ])
})

it("has nothing for an object that does not exist, whichever way it is asked for", async () => {
  const { source } = await sourceOf((_, response) => answer(response, 404, refused(404, "NotFound", "not found")))
  for (const metadataOnly of [false, true]) {
    expect(await source.get({ ...secrets, name: "a" }, { metadataOnly, signal })).toBeUndefined()
  }
})

it("fails when asked, not before, for a kind that is not known", async () => {
  const client = createKubeApi(anonymous("http://127.0.0.1:1"), { qps: 0, burst: 1, userAgent: "flagger/test" })
  const source = watchSourceOf(client)({ apiVersion: "example.com/v1", kind: "Unknown" })
  await expect(source.list("", { metadataOnly: false, signal })).rejects.toThrow("Unknown of example.com/v1")
  await expect(source.watch("", { metadataOnly: false, signal }, () => undefined)).rejects.toThrow(
    "Unknown of example.com/v1",
  )
  await client.close()
})
