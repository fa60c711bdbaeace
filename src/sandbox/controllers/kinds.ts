import type { KubeObject } from "#api/objects.ts"
import type { Kind } from "../contract.ts"

const kindIn = (apiVersion: string) => (kind: string) => ({ apiVersion, kind }) satisfies Kind
const core = kindIn("v1")
const apps = kindIn("apps/v1")
const batch = kindIn("batch/v1")

export const pods = core("Pod")
export const nodes = core("Node")
export const services = core("Service")
export const endpoints = core("Endpoints")
export const namespaces = core("Namespace")
export const events = core("Event")
export const serviceAccounts = core("ServiceAccount")
export const configMaps = core("ConfigMap")
export const deployments = apps("Deployment")
export const replicaSets = apps("ReplicaSet")
export const daemonSets = apps("DaemonSet")
export const statefulSets = apps("StatefulSet")
export const controllerRevisions = apps("ControllerRevision")
export const jobs = batch("Job")
export const cronJobs = batch("CronJob")
export const endpointSlices = kindIn("discovery.k8s.io/v1")("EndpointSlice")
export const autoscalers = kindIn("autoscaling/v2")("HorizontalPodAutoscaler")
export const disruptionBudgets = kindIn("policy/v1")("PodDisruptionBudget")
export const customResourceDefinitions = kindIn("apiextensions.k8s.io/v1")("CustomResourceDefinition")

export const groupOf = (apiVersion: string): string =>
  apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : ""

/** The same in every version of a kind. */
export const groupKindOf = ({ apiVersion, kind }: Kind): string => `${groupOf(apiVersion)}/${kind}`

export const isEnding = ({ metadata }: KubeObject): boolean => metadata.deletionTimestamp !== undefined
