import { describe, expect, it } from "vitest"
import { readImages } from "./image-file.ts"
import { builtInImages, commandOf, findImage, tagOf } from "./images.ts"

const demoApp = ["node", "demo.js"]

describe("the program of an image", () => {
  const found = (name: string, own: { image: string; command?: string[] }[] = []) =>
    findImage([...own, ...builtInImages(demoApp)], name)

  it.each([
    "flagger/demo",
    "flagger/demo:2.0",
    "localhost/flagger/demo:2.0",
    "images.local:5000/flagger/demo@sha256:0123",
  ])("is found for %s whatever its tag", (name) => expect(found(name)?.command).toEqual(demoApp))

  it("is not taken for another one of a similar name", () => {
    expect(found("flagger/demos")).toBeUndefined()
    expect(found("my-flagger/demo")).toBeUndefined()
    expect(found("flaggerXdemo", [{ image: "flagger.demo" }])).toBeUndefined()
  })

  it("is the user's own before one that is built in", () => {
    expect(found("flagger/demo:1", [{ image: "flagger/*", command: ["mine"] }])?.command).toEqual(["mine"])
    expect(found("images.example.com/acme/shop:1", [{ image: "*/shop", command: ["shop"] }])?.command).toEqual(["shop"])
    expect(found("images.example.com/library/nginx", [{ image: "nginx", command: ["web"] }])?.command).toEqual(["web"])
  })

  it("is nothing for pause", () => {
    expect(commandOf(found("images.example.com/pause:3.10")!, {})).toEqual([])
  })
})

describe("the command of a container", () => {
  const image = { image: "app", command: ["run"], args: ["--default"] }

  it.each([
    [{}, ["run", "--default"]],
    [{ args: ["--mine"] }, ["run", "--mine"]],
    [{ command: ["other"] }, ["other"]],
    [{ command: ["other"], args: ["--mine"] }, ["other", "--mine"]],
  ])("with %j is %j", (container, expected) => expect(commandOf(image, container)).toEqual(expected))

  it("is that of the image where the container's own is only found inside the real one", () => {
    const podinfo = findImage(builtInImages(demoApp), "stefanprodan/podinfo:6.7.0")!
    expect(commandOf(podinfo, { command: ["./podinfo", "--port=9898"] })).toEqual(demoApp)
  })
})

it("asks podinfo instead of running its own command for probes", () => {
  const { asRequest } = findImage(builtInImages(demoApp), "images.example.com/stefanprodan/podinfo:6.0")!
  const command = ["podcli", "check", "http", "localhost:9898/readyz"]
  expect(asRequest?.(command)).toEqual({ port: 9898, path: "/readyz" })
  expect(asRequest?.(["sh", "-c", "true"])).toBeUndefined()
})

it.each([
  ["app", "latest"],
  ["app:1.2", "1.2"],
  ["images:5000/app", "latest"],
  ["images:5000/app:1.2@sha256:0123", "1.2"],
])("the tag of %s is %s", (name, tag) => expect(tagOf(name)).toBe(tag))

describe("a table of images", () => {
  it("is read from a list", () => {
    expect(readImages("- image: acme/*\n  command: [node, shop.js]\n  folder: /shop\n")).toEqual([
      { image: "acme/*", command: ["node", "shop.js"], folder: "/shop" },
    ])
  })

  it.each([
    ["image: acme", "a table of images is a list of entries with image and command"],
    ["- command: [node]", "entry 1 of the table of images: image is missing"],
    ["- acme", "entry 1 of the table of images: expected fields such as image and command"],
    [
      "- image: a\n- image: b\n  command: node shop.js",
      "entry 2 of the table of images: command is not of the expected type",
    ],
    [
      "- image: a\n  cmd: [x]",
      'entry 1 of the table of images: unknown field "cmd"; known are image, command, args, folder, always',
    ],
  ])("such as %j is refused", (text, message) => expect(() => readImages(text)).toThrow(message))
})
