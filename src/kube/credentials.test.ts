import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { chmod, mkdir, readFile, unlink, writeFile } from "node:fs/promises"
import { createServer } from "node:https"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { TLSSocket } from "node:tls"
import { beforeEach, describe, expect, it, onTestFinished } from "vitest"
import { createKubeApi } from "./client.ts"
import { anonymous, loadCredentials, type WantedCluster } from "./credentials.ts"
import { bearerFromFile } from "./token-file.ts"

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "flagger-credentials-"))
  return () => rmSync(home, { recursive: true })
})

const inHome = (name: string) => join(home, name)
const base64 = (text: string) => Buffer.from(text).toString("base64")

async function write(name: string, content: string): Promise<string> {
  await mkdir(join(inHome(name), ".."), { recursive: true })
  await writeFile(inHome(name), content)
  return inHome(name)
}

/** A kubeconfig with one context; parts are given as indented YAML. */
const kubeconfig = (user: string, cluster = "server: https://blue.example:6443", name = "blue") => `
apiVersion: v1
kind: Config
current-context: ${name}
contexts:
- {name: ${name}, context: {cluster: ${name}, user: ${name}, namespace: apps}}
clusters:
- name: ${name}
  cluster:
    ${cluster}
users:
- name: ${name}
  user:
    ${user}
`

const load = (wanted: WantedCluster = {}, env: Record<string, string> = {}) =>
  loadCredentials(wanted, { env, home, serviceAccount: inHome("serviceaccount") })
const loaded = async (user: string, cluster?: string) =>
  load({ kubeconfig: await write("config.yaml", kubeconfig(user, cluster)) })

describe("which cluster", () => {
  const inPod = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" }
  beforeEach(async () => {
    await write("serviceaccount/token", "pod-token\n")
    await write("serviceaccount/ca.crt", "the CA")
    await write("serviceaccount/namespace", "flagger-system")
  })

  it("is the one around the pod when nothing else is asked for", async () => {
    const found = await load({}, inPod)
    expect(found).toMatchObject({ server: "https://[fd00::1]:443", ca: "the CA", namespace: "flagger-system" })
    expect(await found.headers()).toEqual({ authorization: "Bearer pod-token" })
  })

  it("is the kubeconfig's, with the address replaced by -master", async () => {
    const file = await write("config.yaml", kubeconfig("token: secret"))
    const found = await load({ kubeconfig: file, master: "https://other.example/" }, inPod)
    expect(found).toMatchObject({ server: "https://other.example", namespace: "apps" })
    expect(await found.headers()).toEqual({ authorization: "Bearer secret" })
  })

  it("is -master alone, to which no credentials go that were not meant for it", async () => {
    await write(".kube/config", kubeconfig("token: secret"))
    const found = await load({ master: "localhost:8080" }, inPod)
    expect(found.server).toBe("http://localhost:8080")
    expect(await found.headers()).toEqual({})
  })

  it("is that of ~/.kube/config outside of pods, and of KUBECONFIG before", async () => {
    await write(".kube/config", kubeconfig("token: usual"))
    expect(await (await load()).headers()).toEqual({ authorization: "Bearer usual" })
    const KUBECONFIG = await write("other.yaml", kubeconfig("token: chosen"))
    expect(await (await load({}, { KUBECONFIG })).headers()).toEqual({ authorization: "Bearer chosen" })
  })

  it("is that of another context when one is named", async () => {
    const first = await write("a.yaml", kubeconfig("token: a", "server: https://a.example", "a"))
    const second = await write("b.yaml", kubeconfig("token: b", "server: https://b.example", "b"))
    const env = { KUBECONFIG: [first, inHome("missing.yaml"), second].join(":") }
    expect((await load({}, env)).server).toBe("https://a.example")
    expect((await load({ context: "b" }, env)).server).toBe("https://b.example")
  })

  it("is reached through the kubeconfig's proxy, or else the environment's", async () => {
    const proxyFor = ({ hostname }: URL) => new URL(`http://proxy-of-${hostname}:3128`)
    const plain = await write("plain.yaml", kubeconfig("token: x"))
    const own = await write("own.yaml", kubeconfig("token: x", "{server: 'https://blue', proxy-url: 'http://own'}"))
    expect((await load({ kubeconfig: plain, proxyFor })).proxyUrl).toBe("http://proxy-of-blue.example:3128/")
    expect((await load({ kubeconfig: own, proxyFor })).proxyUrl).toBe("http://own")
  })

  it("is an error that says where was looked and what to give", async () => {
    await expect(load()).rejects.toThrow(/not a pod.*give -kubeconfig or -master, or set KUBECONFIG/)
  })
})

describe("a user of a kubeconfig", () => {
  it("has a password", async () => {
    const { headers } = await loaded("{username: admin, password: s3cret}")
    expect(await headers()).toEqual({ authorization: `Basic ${base64("admin:s3cret")}` })
  })

  it("has a token in a file, named from where the kubeconfig is", async () => {
    await write("token.txt", "from-file\n")
    const { headers } = await loaded("{tokenFile: token.txt, token: ignored}")
    expect(await headers()).toEqual({ authorization: "Bearer from-file" })
  })

  it("has a certificate, inline before in a file", async () => {
    await write("pki/key.pem", "the key")
    const found = await loaded(
      `{client-certificate-data: ${base64("the cert")}, client-certificate: nowhere.pem, client-key: pki/key.pem}`,
      `{server: "https://blue.example", certificate-authority-data: ${base64("the CA")}, tls-server-name: kube.example}`,
    )
    expect(String(found.cert)).toBe("the cert")
    expect(String(found.key)).toBe("the key")
    expect(String(found.ca)).toBe("the CA")
    expect(found.serverName).toBe("kube.example")
  })

  it("acts as somebody else, with the same headers object as long as nothing changes", async () => {
    const { headers } = await loaded("{token: secret, as: jane, as-groups: [dev, ops]}")
    const first = await headers()
    expect(first).toEqual({
      authorization: "Bearer secret",
      "impersonate-user": "jane",
      "impersonate-group": ["dev", "ops"],
    })
    expect(await headers()).toBe(first)
  })

  it("gets a token from a program, which is asked again for new ones", async () => {
    const program = await write(
      "get-token.sh",
      `#!/bin/sh
echo asked >> "$(dirname "$0")/asked"
echo "{\\"kind\\":\\"ExecCredential\\",\\"status\\":{\\"token\\":\\"$1-$ROLE-$(wc -l < "$(dirname "$0")/asked" | tr -d ' ')\\"}}"
`,
    )
    await chmod(program, 0o755)
    const found = await loaded(
      "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./get-token.sh, args: [blue], env: [{name: ROLE, value: admin}]}",
    )
    const first = await found.headers()
    expect(first).toEqual({ authorization: "Bearer blue-admin-1" })
    expect(await found.headers()).toBe(first)
    expect(await (await found.renewed()).headers()).toEqual({ authorization: "Bearer blue-admin-2" })
  })
})

describe("mistakes in a kubeconfig", () => {
  const failing = async (content: string, wanted: WantedCluster = {}) =>
    load({ kubeconfig: await write("broken.yaml", content), ...wanted })

  it("name the file that is missing", async () => {
    await expect(load({ kubeconfig: inHome("nope.yaml") })).rejects.toThrow(
      `there is no kubeconfig ${inHome("nope.yaml")}: check -kubeconfig`,
    )
  })

  it("name the contexts there are", async () => {
    await expect(failing(kubeconfig("token: x"), { context: "green" })).rejects.toThrow(
      `${inHome("broken.yaml")} has no context "green"; there are: blue`,
    )
    await expect(failing(kubeconfig("token: x").replace("current-context: blue", ""))).rejects.toThrow(
      "has no current-context",
    )
  })

  it("name the entry that a context refers to in vain", async () => {
    await expect(failing(kubeconfig("token: x").replace("user: blue", "user: red"))).rejects.toThrow(
      `context "blue" in ${inHome("broken.yaml")} refers to user "red", which is missing; there are: blue`,
    )
  })

  it("name the file a certificate should be in", async () => {
    await expect(loaded("client-certificate: gone.pem")).rejects.toThrow(
      /user "blue" in .*config.yaml: cannot read its client-certificate: .*gone.pem/,
    )
  })

  it("say which line is wrong without showing what is around it", async () => {
    const error = await failing("users:\n- name: a\n  user:\n    token: hunter2\n   broken").catch(
      (caught: Error) => caught,
    )
    expect(String(error)).toMatch(/broken.yaml is not valid YAML: .* in line 5/)
    expect(String(error)).not.toContain("hunter2")
  })

  it("name the program that is not there", async () => {
    await expect(loaded("exec: {command: no-such-program, installHint: install it}")).rejects.toThrow(
      /user "blue" in .*"no-such-program" gave no credentials: .*ENOENT.*; install it/,
    )
  })

  it("name an address or a proxy nobody can use", async () => {
    await expect(loaded("token: x", "server: ftp://blue")).rejects.toThrow(`"ftp://blue" is not the address`)
    await expect(loaded("token: x", "{server: 'https://blue', proxy-url: 'socks4://p'}")).rejects.toThrow(
      "its proxy-url",
    )
  })
})

describe("a token in a file", () => {
  it("is read again after a minute, and outlives a failed read", async () => {
    const file = await write("token", "first")
    let now = 0
    const headers = bearerFromFile(file, () => now)
    const first = await headers()
    expect(first).toEqual({ authorization: "Bearer first" })
    await writeFile(file, "second")
    now = 59_000
    expect(await headers()).toBe(first)
    now = 61_000
    expect(await headers()).toEqual({ authorization: "Bearer second" })
    await unlink(file)
    now = 200_000
    expect(await headers()).toEqual({ authorization: "Bearer second" })
  })

  it("is an error when there never was one", async () => {
    const file = await write("token", "\n")
    await expect(bearerFromFile(file)()).rejects.toThrow(`cannot read the token in ${file}: it is empty`)
  })
})

const hasOpenssl = (() => {
  try {
    execFileSync("openssl", ["version"])
    return true
  } catch {
    return false
  }
})()

describe.skipIf(!hasOpenssl)("a server with a certificate of its own", () => {
  async function secureServer() {
    const options = [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-days",
      "1",
    ]
    const files = ["-keyout", inHome("key.pem"), "-out", inHome("cert.pem")]
    const names = ["-subj", "/CN=kube.example", "-addext", "subjectAltName=DNS:kube.example"]
    execFileSync("openssl", [...options, ...files, ...names], { stdio: "ignore" })
    const [key, cert] = await Promise.all([readFile(inHome("key.pem")), readFile(inHome("cert.pem"))])
    const server = createServer({ key, cert, requestCert: true, rejectUnauthorized: false }, (request, response) => {
      const subject = (request.socket as TLSSocket).getPeerCertificate().subject?.CN
      response.setHeader("content-type", "application/json")
      response.end(JSON.stringify({ subject: subject ?? null }))
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    onTestFinished(() => server.close().closeAllConnections())
    return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, key, cert }
  }

  async function ask(credentials: Parameters<typeof createKubeApi>[0]) {
    const client = createKubeApi(credentials, { qps: 0, burst: 1, userAgent: "flagger/test" })
    onTestFinished(() => client.close())
    return client.raw("GET", "/version")
  }

  it("is trusted by its CA and name, ignored on request, and refused otherwise", async () => {
    const { url, key, cert } = await secureServer()
    const plain = anonymous(url)
    expect(await ask({ ...plain, ca: cert, serverName: "kube.example" })).toEqual({ subject: null })
    expect(await ask({ ...plain, ca: cert, serverName: "kube.example", cert, key })).toEqual({
      subject: "kube.example",
    })
    expect(await ask({ ...plain, insecure: true })).toEqual({ subject: null })
    await expect(ask(plain)).rejects.toThrow("self-signed certificate")
    await expect(ask({ ...plain, ca: cert })).rejects.toThrow(/does not match|altnames/i)
  })
})
