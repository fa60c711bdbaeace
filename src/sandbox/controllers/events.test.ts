import { refOf } from "#api/objects.ts"
import { describe, expect, it } from "vitest"
import { events, nodes, pods } from "./kinds.ts"
import { stage } from "./stage.test-support.ts"

const about = (name: string) => ({
  ...pods,
  metadata: { name, namespace: "test", uid: `uid-${name}`, resourceVersion: "5" },
})
const told = { by: "some-controller", reason: "Happened", message: "something happened" }

describe("an event", () => {
  it("says who, what, when and about what", () => {
    const { world, cluster } = stage()
    world.tell(about("one"), { ...told, type: "Warning" })
    expect(cluster.list(events)).toEqual([
      expect.objectContaining({
        involvedObject: {
          apiVersion: "v1",
          kind: "Pod",
          namespace: "test",
          name: "one",
          uid: "uid-one",
          resourceVersion: "5",
        },
        type: "Warning",
        reason: "Happened",
        message: "something happened",
        count: 1,
        firstTimestamp: "2026-01-01T00:00:00Z",
        lastTimestamp: "2026-01-01T00:00:00Z",
        source: { component: "some-controller" },
      }),
    ])
  })

  it("is counted when it happens again", async () => {
    const { world, cluster, clock } = stage()
    world.tell(about("one"), told)
    await clock.pass(5000)
    world.tell(about("one"), told)
    world.tell(about("two"), told)
    expect(
      cluster.list(events).map((event) => [event["involvedObject"].name, event["count"], event["lastTimestamp"]]),
    ).toEqual([
      ["one", 2, "2026-01-01T00:00:05Z"],
      ["two", 1, "2026-01-01T00:00:05Z"],
    ])
  })

  it("is told anew when the earlier one is gone", () => {
    const { world, cluster } = stage()
    world.tell(about("one"), told)
    for (const event of cluster.list(events)) cluster.delete(refOf(event))
    world.tell(about("one"), told)
    expect(cluster.list(events)).toHaveLength(1)
  })

  it("about something without a namespace is in the default one", () => {
    const { world, cluster } = stage()
    world.tell({ ...nodes, metadata: { name: "sandbox", uid: "node" } }, told)
    expect(cluster.list(events)[0]!.metadata.namespace).toBe("default")
  })

  it("that cannot be written stops nobody", () => {
    const { world, cluster, errors } = stage()
    cluster.create = () => {
      throw new Error("disk full")
    }
    world.tell(about("one"), told)
    expect(errors).toHaveLength(1)
  })
})

it("has its own name, however fast they come", () => {
  const { world, cluster } = stage()
  for (let index = 0; index < 50; index++) world.tell(about("one"), { ...told, message: `${index}` })
  expect(cluster.list(events)).toHaveLength(50)
})
