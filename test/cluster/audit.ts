import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs"
import { join } from "node:path"

/** Requests of operators, as the API server noted them. */
export interface ApiRequest {
  user: string
  userAgent: string
  verb: string
  resource: string
  subresource: string
  namespace: string
  name: string
}

export const operatorGroup = "operators"

/** Everybody else's requests would be ten times as many. */
export const auditPolicy = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived", "ResponseStarted"],
  rules: [{ level: "Metadata", userGroups: [operatorGroup] }, { level: "None" }],
}

export const auditFile = (folder: string): string => join(folder, "audit.log")

const writing = new Set(["create", "update", "patch", "delete", "deletecollection"])
export const isWrite = ({ verb }: ApiRequest): boolean => writing.has(verb)

/** Reads what has been asked since it was made, or since it was read last. */
export function createAuditReader(folder: string): () => ApiRequest[] {
  const file = auditFile(folder)
  let offset = existsSync(file) ? statSync(file).size : 0
  return () => {
    if (!existsSync(file)) return []
    const buffer = Buffer.alloc(Math.max(0, statSync(file).size - offset))
    const descriptor = openSync(file, "r")
    try {
      readSync(descriptor, buffer, 0, buffer.length, offset)
    } finally {
      closeSync(descriptor)
    }
    // The last line may still be in the writing.
    const complete = buffer.subarray(0, buffer.lastIndexOf("\n") + 1)
    offset += complete.length
    return complete.toString().split("\n").filter(Boolean).map(requestOf)
  }
}

function requestOf(line: string): ApiRequest {
  const { user, userAgent = "", verb, objectRef = {} } = JSON.parse(line)
  const { resource = "", subresource = "", namespace = "", name = "" } = objectRef
  return { user: user.username, userAgent, verb, resource, subresource, namespace, name }
}
