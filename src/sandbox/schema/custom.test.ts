import { readFileSync } from "node:fs"
import { load } from "js-yaml"
import { describe, expect, it } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import type { Place } from "../apiserver/resource.ts"
import { cells } from "./crd/columns.test-examples.ts"
import type { CrdSpec } from "./crd/spec.ts"
import { crdRules, resourcesOf } from "./custom.ts"
import { shown } from "./shown.test-support.ts"

const NOW = Date.parse("2024-01-10T00:00:00Z")
const place: Place = { nowMs: NOW, clusterAddress: () => "", nodePort: () => 0 }
const schema = { openAPIV3Schema: { type: "object", properties: { spec: { type: "object" } } } }
const v1 = { name: "v1", served: true, storage: true, schema }

function definition(spec: object = {}, annotations: Record<string, string> = {}): KubeObject {
  const all = {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "widgets", kind: "Widget" },
    versions: [v1],
    ...spec,
  } as CrdSpec
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${all.names.plural}.${all.group}`, annotations },
    spec: structuredClone(all),
  }
}

function created(crd: KubeObject): KubeObject {
  crdRules.defaults!(crd)
  crdRules.beforeCreate!(crd, place)
  return crd
}

const problems = (crd: KubeObject, old?: KubeObject): string[] => crdRules.problems!(crd, old).map(shown)

function updated(old: KubeObject, spec: object, nowMs = NOW): KubeObject {
  const crd = structuredClone({ ...old, spec: { ...old["spec"], ...spec } })
  crdRules.beforeUpdate!(crd, old, { ...place, nowMs })
  return crd
}

const widget = (fields: object): KubeObject => ({
  apiVersion: "example.com/v1",
  kind: "Widget",
  metadata: { name: "w", creationTimestamp: "2024-01-09T23:55:00Z" },
  ...fields,
})

describe("the resources of a definition", () => {
  it("are its served versions", () => {
    const names = { plural: "widgets", kind: "Widget", shortNames: ["w"], categories: ["all"] }
    const old = { ...v1, name: "v0", served: false, storage: false }
    const [only, ...more] = resourcesOf(definition({ names, versions: [v1, old] }))
    expect(more).toEqual([])
    expect(only).toMatchObject({
      group: "example.com",
      version: "v1",
      kind: "Widget",
      plural: "widgets",
      singular: "widget",
      shortNames: ["w"],
      categories: ["all"],
      namespaced: true,
      isCustom: true,
      hasStatus: false,
    })
  })

  it("show an age when no columns are given", () => {
    const [{ columns }] = resourcesOf(definition()) as [ReturnType<typeof resourcesOf>[0]]
    expect(columns.map(({ name, type, priority }) => ({ name, type, priority }))).toEqual([
      { name: "Age", type: "date", priority: 0 },
    ])
    expect(columns[0]!.cell(widget({}), NOW)).toBe("5m")
  })

  it.each(cells)("%s column of %s shows %j", (type, jsonPath, cell) => {
    const columns = [{ name: "C", type, jsonPath }]
    const [{ columns: made }] = resourcesOf(
      definition({ versions: [{ ...v1, additionalPrinterColumns: columns }] }),
    ) as [ReturnType<typeof resourcesOf>[0]]
    const object = widget({
      metadata: { name: "x", annotations: { "a.b/c": "ann", plain: "p" } },
      spec: {
        s: "text",
        n: 5,
        f: 1.5,
        b: true,
        o: { x: 1, y: "z" },
        l: ["a", "b", "c"],
        nul: null,
        empty: "",
        deeper: { deep: 3 },
        nums: [{ name: "one", v: 1, ok: true }, { name: "two", v: 2 }, { name: "three" }],
        big: 123456789012,
      },
      status: {
        conditions: [
          { type: "A", status: "False" },
          { type: "Ready", status: "True" },
        ],
      },
    })
    expect(made[0]!.cell(object, NOW) ?? null).toEqual(cell)
  })

  it.each([
    ["2024-01-09T23:59:55Z", "5s"],
    ["2024-01-09T23:56:58Z", "3m2s"],
    ["2024-01-06T00:00:00Z", "4d"],
    ["", "<unknown>"],
    ["yesterday", "<invalid>"],
    [undefined, undefined],
  ])("show dates as ages: %s is %s", (time, shownAge) => {
    const columns = [{ name: "C", type: "date", jsonPath: ".spec.at" }]
    const [{ columns: made }] = resourcesOf(
      definition({ versions: [{ ...v1, additionalPrinterColumns: columns }] }),
    ) as [ReturnType<typeof resourcesOf>[0]]
    expect(made[0]!.cell(widget({ spec: { at: time } }), NOW)).toBe(shownAge)
  })

  it("leave out columns from the first malformed path on", () => {
    const columns = [".spec.a", ".spec[", ".spec.b"].map((jsonPath, index) => ({
      name: `C${index}`,
      type: "string",
      jsonPath,
    }))
    const [{ columns: made }] = resourcesOf(
      definition({ versions: [{ ...v1, additionalPrinterColumns: columns }] }),
    ) as [ReturnType<typeof resourcesOf>[0]]
    expect(made.map(({ name }) => name)).toEqual(["C0"])
  })

  it("know their subresources, and what is no number of replicas", () => {
    const scale = {
      specReplicasPath: ".spec.replicas",
      statusReplicasPath: ".status.replicas",
      labelSelectorPath: ".status.selector",
    }
    const [made] = resourcesOf(definition({ versions: [{ ...v1, subresources: { status: {}, scale } }] })) as [
      ReturnType<typeof resourcesOf>[0],
    ]
    expect(made.hasStatus).toBe(true)
    expect(made.scale).toEqual({
      specReplicas: ".spec.replicas",
      statusReplicas: ".status.replicas",
      selector: ".status.selector",
    })
    const found = (fields: object) => made.rules.problems!(widget(fields), undefined).map(shown)
    expect(found({ spec: { replicas: 2 } })).toEqual([])
    expect(found({ spec: { replicas: -1 } })).toEqual([
      ".spec.replicas: Invalid value: -1: should be a non-negative integer",
    ])
    expect(found({ spec: { replicas: "x" } })).toEqual([
      ".spec.replicas: Invalid value: 0: .spec.replicas accessor error: x is of the type string, expected int64",
    ])
  })

  it("can be selected by the fields that they name", () => {
    const [made] = resourcesOf(
      definition({ versions: [{ ...v1, selectableFields: [{ jsonPath: ".spec.color" }] }] }),
    ) as [ReturnType<typeof resourcesOf>[0]]
    expect(made.rules.fieldLabels!(widget({ spec: { color: "red" } }))).toEqual({ "spec.color": "red" })
    expect(made.rules.fieldLabels!(widget({}))).toEqual({ "spec.color": "" })
  })
})

describe("a new definition", () => {
  it("is named, accepted and established at once", () => {
    const crd = created(definition())
    expect(problems(crd)).toEqual([])
    expect(crd["spec"]).toMatchObject({
      names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" },
      conversion: { strategy: "None" },
    })
    expect(crd["status"]).toEqual({
      conditions: [
        {
          type: "NamesAccepted",
          status: "True",
          lastTransitionTime: "2024-01-10T00:00:00Z",
          reason: "NoConflicts",
          message: "no conflicts found",
        },
        {
          type: "Established",
          status: "True",
          lastTransitionTime: "2024-01-10T00:00:00Z",
          reason: "InitialNamesAccepted",
          message: "the initial names have been accepted",
        },
      ],
      acceptedNames: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" },
      storedVersions: ["v1"],
    })
  })

  it("shows who approved it when it belongs to the Kubernetes project", () => {
    const group = "gateway.networking.k8s.io"
    const condition = (crd: KubeObject) => created(crd)["status"].conditions[0]
    const approved = definition({ group }, { "api-approved.kubernetes.io": "https://example.com/1" })
    expect(condition(approved)).toMatchObject({
      status: "True",
      reason: "ApprovedAnnotation",
      message: "approved in https://example.com/1",
    })
    const unapproved = definition({ group }, { "api-approved.kubernetes.io": "unapproved, a test" })
    expect(condition(unapproved)).toMatchObject({
      status: "False",
      reason: "UnapprovedAnnotation",
      message: 'not approved: "unapproved, a test"',
    })
    expect(problems(approved)).toEqual([])
    expect(problems(unapproved)).toEqual([])
  })

  const label =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
  const approvalText =
    'protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111'

  it.each<[string, KubeObject, string]>([
    [
      "a group without a dot",
      definition({ group: "example" }),
      'spec.group: Invalid value: "example": should be a domain with at least one dot',
    ],
    [
      "an unknown scope",
      definition({ scope: "Foo" }),
      'spec.scope: Unsupported value: "Foo": supported values: "Cluster", "Namespaced"',
    ],
    [
      "no schema",
      definition({ versions: [{ ...v1, schema: undefined }] }),
      "spec.versions[0].schema.openAPIV3Schema: Required value",
    ],
    [
      "an odd version",
      definition({ versions: [{ ...v1, name: "V1" }] }),
      `spec.versions[0].name: Invalid value: "V1": ${label}`,
    ],
    [
      "an odd kind",
      definition({ names: { plural: "widgets", kind: "Wid_get" } }),
      `spec.names.kind: Invalid value: "Wid_get": may have mixed case, but should otherwise match: ${label}`,
    ],
    [
      "a kind that is its own list",
      definition({ names: { plural: "widgets", kind: "Widget", listKind: "Widget" } }),
      'spec.names.listKind: Invalid value: "Widget": kind and listKind may not be the same',
    ],
    [
      "an odd short name",
      definition({ names: { plural: "widgets", kind: "Widget", shortNames: ["W"] } }),
      `spec.names.shortNames[0]: Invalid value: "W": ${label}`,
    ],
    [
      "an unknown conversion",
      definition({ conversion: { strategy: "Foo" } }),
      'spec.conversion.strategy: Unsupported value: "Foo": supported values: "None", "Webhook"',
    ],
    [
      "nobody who approved it",
      definition({ group: "x.k8s.io" }),
      `metadata.annotations[api-approved.kubernetes.io]: Required value: ${approvalText}`,
    ],
    [
      "all unknown fields kept",
      definition({ preserveUnknownFields: true }),
      "spec.preserveUnknownFields: Invalid value: true: cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead",
    ],
    [
      "a warning without need",
      definition({ versions: [{ ...v1, deprecationWarning: "x" }] }),
      'spec.versions[0].deprecationWarning: Invalid value: "x": can only be set for deprecated versions',
    ],
    [
      "a column of unknown type",
      definition({ versions: [{ ...v1, additionalPrinterColumns: [{ name: "A", type: "foo", jsonPath: ".x" }] }] }),
      'spec.additionalPrinterColumns[0].type: Invalid value: "foo": must be one of boolean,date,integer,number,string',
    ],
    [
      "a column without a dot",
      definition({ versions: [{ ...v1, additionalPrinterColumns: [{ name: "A", type: "string", jsonPath: "x" }] }] }),
      'spec.additionalPrinterColumns[0].JSONPath: Invalid value: "x": must be a simple json path starting with .',
    ],
    [
      "replicas elsewhere",
      definition({
        versions: [{ ...v1, subresources: { scale: { specReplicasPath: ".x", statusReplicasPath: ".status.r" } } }],
      }),
      'spec.subresources.scale.specReplicasPath: Invalid value: ".x": should be a json path under .spec',
    ],
    [
      "a field that cannot be selected",
      definition({ versions: [{ ...v1, selectableFields: [{ jsonPath: ".spec.nope" }] }] }),
      'spec.selectableFields[0].jsonPath: Invalid value: ".spec.nope": is an invalid path: does not refer to a valid field',
    ],
  ])("is refused for %s", (_, crd, text) => {
    expect(problems(created(crd))).toContain(text)
  })

  it("is refused when its name is not that of its plural and group", () => {
    const crd = definition()
    crd.metadata.name = "other.example.com"
    expect(problems(created(crd))).toEqual([
      'metadata.name: Invalid value: "other.example.com": must be spec.names.plural+"."+spec.group',
    ])
  })

  it.each([
    ["none", [{ ...v1, storage: false }]],
    ["two", [v1, { ...v1, name: "v2" }]],
  ])("is refused when %s of its versions is stored", (_, versions) => {
    expect(problems(created(definition({ versions }))).join()).toContain(
      "must have exactly one version marked as storage version",
    )
  })

  it("tells of a schema above its versions when all of them share it, and in the version when they do not", () => {
    const bad = { openAPIV3Schema: { type: "object", properties: { a: {} } } }
    const detail = "Required value: must not be empty for specified object fields"
    expect(problems(created(definition({ versions: [{ ...v1, schema: bad }] })))).toEqual([
      `spec.validation.openAPIV3Schema.properties[a].type: ${detail}`,
    ])
    expect(
      problems(created(definition({ versions: [v1, { ...v1, name: "v2", storage: false, schema: bad }] }))),
    ).toEqual([`spec.versions[1].schema.openAPIV3Schema.properties[a].type: ${detail}`])
  })

  it("is refused without a spec, rather than failing", () => {
    const { spec: _, ...empty } = definition()
    expect(problems(created(empty)).length).toBeGreaterThan(0)
  })
})

describe("an updated definition", () => {
  it("remembers every version that objects may be stored in", () => {
    const v2 = { ...v1, name: "v2" }
    const next = updated(created(definition()), { versions: [{ ...v1, storage: false }, v2] })
    expect(next["status"].storedVersions).toEqual(["v1", "v2"])
    const without = updated(next, { versions: [v2] })
    expect(problems(without, next)).toEqual([
      expect.stringMatching(
        /^status\.storedVersions\[0\]: Invalid value: "v1": missing from spec\.versions; v1 was previously a storage version/,
      ),
    ])
  })

  it("stays established since the time when it was", () => {
    const old = created(definition())
    const next = updated(old, {}, NOW + 60_000)
    expect(next["status"].conditions).toEqual(old["status"].conditions)
  })

  it("cannot change what its objects are called", () => {
    const old = created(definition())
    const next = updated(old, {
      group: "example.org",
      scope: "Cluster",
      names: { ...old["spec"].names, kind: "Gadget", plural: "gadgets" },
    })
    expect(problems(next, old)).toEqual([
      'spec.scope: Invalid value: "Cluster": field is immutable',
      'spec.names.kind: Invalid value: "Gadget": field is immutable',
      'spec.group: Invalid value: "example.org": field is immutable',
      'spec.names.plural: Invalid value: "gadgets": field is immutable',
    ])
  })
})

it("takes our own definitions", () => {
  for (const file of ["canaries", "alertproviders", "metrictemplates"]) {
    const text = readFileSync(new URL(`../../../deploy/crds/${file}.yaml`, import.meta.url), "utf8")
    const crd = created(load(text) as KubeObject)
    expect(problems(crd)).toEqual([])
    expect(resourcesOf(crd)).toHaveLength(1)
  }
})
