/** What `kubectl explain` says, in our own words: the kinds and the fields that all of them have. */
const kinds: Readonly<Record<string, string>> = {
  "apiextensions.v1.CustomResourceDefinition": "Adds a kind of your own to the API.",
  "apps.v1.ControllerRevision": "One earlier state of a DaemonSet or a StatefulSet, kept to go back to.",
  "apps.v1.DaemonSet": "Runs one pod on every node that fits.",
  "apps.v1.Deployment": "Runs a number of equal pods and replaces them bit by bit when their template changes.",
  "apps.v1.ReplicaSet": "Runs a number of equal pods.",
  "apps.v1.StatefulSet": "Runs a number of pods that keep their names and their storage.",
  "authentication.v1.SelfSubjectReview": "Tells who the caller is.",
  "authentication.v1.TokenRequest": "Asks for a token of a service account.",
  "authentication.v1.TokenReview": "Asks whom a token belongs to.",
  "authorization.v1.LocalSubjectAccessReview": "Asks whether somebody may do something in one namespace.",
  "authorization.v1.SelfSubjectAccessReview": "Asks whether the caller may do something.",
  "authorization.v1.SelfSubjectRulesReview": "Asks for all that the caller may do in one namespace.",
  "authorization.v1.SubjectAccessReview": "Asks whether somebody may do something.",
  "autoscaling.v1.HorizontalPodAutoscaler":
    "Changes the number of pods of a workload so that they use their CPUs well.",
  "autoscaling.v1.Scale": "How many pods a workload should have and has.",
  "autoscaling.v2.HorizontalPodAutoscaler":
    "Changes the number of pods of a workload so that its metrics meet their targets.",
  "batch.v1.CronJob": "Makes a Job at set times.",
  "batch.v1.Job": "Runs pods until enough of them have ended well.",
  "coordination.v1.Lease": "Says who holds something, and until when.",
  "core.v1.Binding": "Puts a pod on a node.",
  "core.v1.ConfigMap": "Configuration as names and values, for pods to read.",
  "core.v1.Endpoints": "The addresses behind a Service; EndpointSlices have replaced it.",
  "core.v1.Event": "Something that happened to an object.",
  "core.v1.LimitRange": "Bounds and defaults of what pods of a namespace may ask for.",
  "core.v1.Namespace": "A part of the cluster in which names are unique.",
  "core.v1.Node": "A machine that runs pods.",
  "core.v1.PersistentVolumeClaim": "Asks for storage and stands for it.",
  "core.v1.Pod": "Containers that run together on one node.",
  "core.v1.ReplicationController": "Runs a number of equal pods; ReplicaSets have replaced it.",
  "core.v1.ResourceQuota": "Bounds of what a namespace may use in all.",
  "core.v1.Secret": "Names and values that only few should see.",
  "core.v1.Service": "One name and address for all pods that a selector matches.",
  "core.v1.ServiceAccount": "Who a pod is when it talks to the API.",
  "discovery.v1.EndpointSlice": "Some of the addresses behind a Service.",
  "events.v1.Event": "Something that happened to an object.",
  "networking.v1.Ingress": "Leads HTTP requests from outside to Services by host and path.",
  "networking.v1.IngressClass": "A kind of ingress controller that an Ingress can ask for.",
  "networking.v1.NetworkPolicy": "Says which connections some pods accept and make.",
  "policy.v1.Eviction": "Asks a pod to leave, unless its disruption budget forbids it.",
  "policy.v1.PodDisruptionBudget": "How many of some pods must stay when somebody evicts them.",
  "rbac.v1.ClusterRole": "Rights that a binding can give to somebody.",
  "rbac.v1.ClusterRoleBinding": "Gives the rights of a role to somebody, everywhere.",
  "rbac.v1.Role": "Rights in one namespace that a binding can give to somebody.",
  "rbac.v1.RoleBinding": "Gives the rights of a role to somebody, in one namespace.",
  "scheduling.v1.PriorityClass": "How much some pods matter beside others.",
  "storage.v1.StorageClass": "A kind of storage that a claim can ask for.",
}

const common: Readonly<Record<string, string>> = {
  apiVersion: "The group and version of this kind, as in apps/v1.",
  kind: "What this object is.",
  metadata: "Name, labels and all else that every object has.",
  spec: "What you want.",
  status: "What is, written by the cluster.",
}

const others: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "core.v1.ConfigMap": {
    data: "Values that are text.",
    binaryData: "Values that are any bytes, in base64.",
    immutable: "Whether the values can never change again.",
  },
  "core.v1.Secret": {
    data: "The values, in base64.",
    stringData: "More values as plain text; they are stored in data.",
    type: "What the values are for.",
    immutable: "Whether the values can never change again.",
  },
  "core.v1.Event": {
    involvedObject: "What it happened to.",
    reason: "Why, in one word.",
    message: "What happened, for people.",
    type: "Normal or Warning.",
  },
  "events.v1.Event": {
    regarding: "What it happened to.",
    reason: "Why, in one word.",
    note: "What happened, for people.",
    type: "Normal or Warning.",
  },
}

export const descriptionOf = (definition: string): string | undefined => kinds[definition]

export const fieldDescriptionOf = (definition: string, field: string): string | undefined =>
  definition in kinds ? (others[definition]?.[field] ?? common[field]) : undefined
