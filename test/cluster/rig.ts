import { generateKeyPairSync } from "node:crypto"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { auditFile, auditPolicy, operatorGroup } from "./audit.ts"
import type { Binaries } from "./binaries.ts"
import { type Child, killChildren, startChild } from "./child.ts"
import { type Address, type Cluster, connect, pathOf, tokenOf } from "./client.ts"
import { crds } from "./crds.ts"
import { eventually } from "./eventually.ts"
import { startKubelet } from "./kubelet.ts"

export interface Rig {
  address: Address
  stop(): Promise<void>
}

/** Names under which operators may talk to the API server, so that their requests can be told apart. */
export const operatorUsers = Array.from({ length: 30 }, (_, number) => `operator-${number}`)
export const users = ["rig", "kubelet", "controller-manager"]
/** A user without rights. */
export const visitor = { name: "visitor", group: "visitors" }

const controllers = ["deployment", "replicaset", "daemonset", "garbage-collector", "namespace", "endpointslice"]

/** A control plane of our own on this machine: real API, real controllers, pods that only pretend. */
export async function startRig(binaries: Binaries): Promise<Rig> {
  const folder = mkdtempSync(join(tmpdir(), "flagger-rig-"))
  const stopping = new AbortController()
  endWithUs(folder)
  try {
    const server = await startApiServer(folder, binaries)
    const address = { folder, server: server.url, ca: await served(folder, server) }
    const cluster = connect(address, "rig")
    await eventually("the API server is ready", () => cluster.isServing(), { withinMs: 60_000 })
    await installCrds(cluster)
    // Only after the CRDs: the garbage collector looks for new kinds every half a minute.
    startControllerManager(address, binaries)
    const kubelet = connect(address, "kubelet")
    await startKubelet(kubelet, stopping.signal)
    const stop = async () => {
      stopping.abort()
      await Promise.all([cluster.close(), kubelet.close()])
      cleanUp(folder)
    }
    return { address, stop }
  } catch (error) {
    killChildren(folder)
    throw error
  }
}

/** Whatever ends this process ends what it has started. */
function endWithUs(folder: string): void {
  process.once("exit", () => cleanUp(folder))
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(1))
}

function cleanUp(folder: string): void {
  killChildren(folder)
  // What is ending may still be writing.
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
}

interface ApiServer {
  url: string
  process: Child
}

async function startApiServer(folder: string, { etcd, apiServer }: Binaries): Promise<ApiServer> {
  const [port, clientPort, peerPort] = await freePorts(3)
  const store = `http://127.0.0.1:${clientPort}`
  const peer = `http://127.0.0.1:${peerPort}`
  startChild(folder, {
    name: "etcd",
    command: etcd,
    args: [
      `--data-dir=${join(folder, "etcd")}`,
      `--listen-client-urls=${store}`,
      `--advertise-client-urls=${store}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      "--unsafe-no-fsync",
    ],
  })
  const key = join(folder, "service-accounts.key")
  const tokens = join(folder, "tokens.csv")
  const policy = join(folder, "audit-policy.json")
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
  writeFileSync(key, privateKey.export({ type: "pkcs1", format: "pem" }))
  writeFileSync(tokens, tokenLines())
  writeFileSync(policy, JSON.stringify(auditPolicy))
  const process = startChild(folder, {
    name: "kube-apiserver",
    command: apiServer,
    args: [
      `--etcd-servers=${store}`,
      "--bind-address=127.0.0.1",
      `--secure-port=${port}`,
      `--cert-dir=${certificatesIn(folder)}`,
      `--token-auth-file=${tokens}`,
      "--authorization-mode=RBAC",
      "--service-account-issuer=https://rig",
      `--service-account-key-file=${key}`,
      `--service-account-signing-key-file=${key}`,
      "--service-cluster-ip-range=10.96.0.0/12",
      "--endpoint-reconciler-type=none",
      "--disable-admission-plugins=ServiceAccount",
      "--max-requests-inflight=4000",
      "--max-mutating-requests-inflight=2000",
      "--profiling=false",
      `--audit-policy-file=${policy}`,
      `--audit-log-path=${auditFile(folder)}`,
      "--audit-log-maxsize=4000",
    ],
  })
  return { url: `https://127.0.0.1:${port}`, process }
}

const certificatesIn = (folder: string): string => join(folder, "certificates")

function tokenLines(): string {
  const line = (user: string, groups: string) => `${tokenOf(user)},${user},${user},"${groups}"\n`
  const admins = users.map((user) => line(user, "system:masters"))
  const operators = operatorUsers.map((user) => line(user, `system:masters,${operatorGroup}`))
  return [...admins, ...operators, line(visitor.name, visitor.group)].join("")
}

/** The certificate that the API server made for itself. */
function served(folder: string, { process }: ApiServer): Promise<string> {
  const certificate = () => {
    if (!process.isRunning()) throw new Error(`kube-apiserver ended: ${process.log().slice(-2000)}`)
    try {
      return readFileSync(join(certificatesIn(folder), "apiserver.crt"), "utf8")
    } catch {
      return undefined
    }
  }
  return eventually("the API server has a certificate", certificate, { withinMs: 60_000 })
}

async function installCrds(cluster: Cluster): Promise<void> {
  const all = crds()
  await Promise.all(all.map((crd) => cluster.create(crd)))
  const kinds = all.flatMap(({ spec }) =>
    spec.versions.map(({ name }: { name: string }) => ({
      apiVersion: `${spec.group}/${name}`,
      kind: spec.names.kind as string,
    })),
  )
  for (const kind of kinds) {
    const answers = () =>
      cluster.list(kind).then(
        () => true,
        () => false,
      )
    await eventually(`${pathOf(kind)} is served`, answers)
  }
}

function startControllerManager(address: Address, { controllerManager }: Binaries): void {
  const { folder } = address
  startChild(folder, {
    name: "kube-controller-manager",
    command: controllerManager,
    args: [
      `--kubeconfig=${writeKubeconfig(address, "controller-manager")}`,
      `--controllers=${controllers.map((name) => `${name}-controller`).join(",")}`,
      "--leader-elect=false",
      `--service-account-private-key-file=${join(folder, "service-accounts.key")}`,
      "--kube-api-qps=500",
      "--kube-api-burst=1000",
      "--concurrent-deployment-syncs=10",
      "--concurrent-replicaset-syncs=10",
      "--secure-port=0",
    ],
  })
}

/** A kubeconfig for one user; of another server that passes on to this one when it is given. */
export function writeKubeconfig({ folder, server, ca }: Address, user: string, via?: string): string {
  const path = join(folder, `${user}.kubeconfig`)
  const trust = ca ? { "certificate-authority-data": Buffer.from(ca).toString("base64") } : {}
  const cluster = via ? { server: via } : { server, ...trust }
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "rig", cluster }],
    users: [{ name: user, user: { token: tokenOf(user) } }],
    contexts: [{ name: "rig", context: { cluster: "rig", user } }],
    "current-context": "rig",
  }
  writeFileSync(path, JSON.stringify(config))
  return path
}

/** Ports of this machine on which nobody listens at the moment. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  await Promise.all(servers.map((server) => new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening))))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))))
  return ports
}
