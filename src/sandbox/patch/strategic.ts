import type { KubeObject } from "#api/objects.ts"
import { definitionName } from "../kinds/schemas.ts"
import { type Fields, isFields, othersOf, propertyOf } from "../schema/fields.ts"
import type { Schema } from "../schema/schema.ts"
import { goText, goType, jsonType } from "./go-text.ts"
import { withoutNulls } from "./merge.ts"
import { PatchRefused } from "./refused.ts"
import { typeOfItems, withPatchedItems, withoutItems } from "./strategic-lists.ts"
import { inOrder, isDirective, type Items, placesLeft, stand } from "./strategic-order.ts"

const DELETE_ITEMS = "$deleteFromPrimitiveList"
const ORDER = "$setElementOrder"
const RETAIN = "$retainKeys"

/** A strategic merge patch: what becomes of lists is said by the schema, and by directives in the patch. */
export function strategicPatched(object: KubeObject, patch: unknown, schema: Schema): KubeObject {
  if (patch === null) return object
  if (!isFields(patch)) {
    throw new PatchRefused(
      400,
      `json: cannot unmarshal ${jsonType(patch)} into Go value of type map[string]interface {}`,
    )
  }
  return mergedFields(object, patch, schema) as KubeObject
}

function mergedFields(live: Fields, patch: Fields, schema: Schema): Fields {
  if (Object.hasOwn(patch, "$patch")) return directed(patch)
  const { kept, changes } = retained(live, patch)
  // A map and not an object: a field may be called __proto__.
  const result = new Map(Object.entries(kept))
  const done = ordered(result, changes, schema)
  for (const [name, value] of Object.entries(changes)) {
    if (!done.has(name)) mergeField(result, name, value, schema)
  }
  return Object.fromEntries(result)
}

/** `$patch` in a map is about the whole of it. */
function directed({ $patch, ...rest }: Fields): Fields {
  if ($patch === "replace") return rest
  if ($patch === "delete") return {}
  throw new PatchRefused(500, `unknown patch type: ${goText($patch)} in map: ${goText({ ...rest, $patch })}`)
}

/** `$retainKeys` drops every field that it does not name. */
function retained(live: Fields, patch: Fields): { kept: Fields; changes: Fields } {
  if (!Object.hasOwn(patch, RETAIN)) return { kept: live, changes: patch }
  const { [RETAIN]: names, ...changes } = patch
  const isForgotten = ([name, value]: [string, unknown]): boolean =>
    value !== null && !name.startsWith(DELETE_ITEMS) && !name.startsWith(ORDER) && !(names as unknown[]).includes(name)
  if (!Array.isArray(names) || Object.entries(changes).some(isForgotten)) {
    throw new PatchRefused(400, "invalid patch format of retainKeys")
  }
  return { kept: Object.fromEntries(Object.entries(live).filter(([name]) => names.includes(name))), changes }
}

/** Merges the lists whose order the patch gives. Returns what of the patch is dealt with. */
function ordered(result: Map<string, unknown>, patch: Fields, schema: Schema): ReadonlySet<string> {
  const done = new Set<string>()
  for (const [directive, value] of Object.entries(patch)) {
    if (!directive.startsWith(ORDER)) continue
    done.add(directive)
    const order = listOf(value)
    const name = named(directive, ORDER, "invalid patch format of setElementOrder list")
    const live = result.has(name) ? listOf(result.get(name)) : undefined
    const wanted = Object.hasOwn(patch, name) ? listOf(patch[name]) : undefined
    const list = merging(schema, name)
    refuseOtherOrder(wanted ?? [], order, list.key)
    if (!live && !wanted) continue
    const merged = live && wanted ? mergedList(live, wanted, list) : (live ?? (withoutDirectives(wanted) as Items))
    const key = typeOfItems(live ?? [], wanted ?? []) === "map" ? list.key : undefined
    result.set(name, inOrder(merged, order, placesLeft(live ?? [], merged, key), key))
    done.add(name)
  }
  return done
}

function named(directive: string, prefix: string, problem: string): string {
  if (!directive.startsWith(`${prefix}/`)) throw new PatchRefused(400, problem)
  return directive.slice(prefix.length + 1)
}

function listOf(value: unknown): Items {
  if (Array.isArray(value)) return value
  throw new PatchRefused(500, `expected a []interface {}, but received a ${goType(value)}`)
}

/** The items of the patch must stand in the order that the patch itself gives. */
function refuseOtherOrder(items: Items, order: Items, key: string | undefined): void {
  if (items.length === 0 || order.length === 0 || stand(items, order, key)) return
  const text = `The order in patch list:\n${goText(items)}\n doesn't match ${ORDER} list:\n${goText(order)}\n`
  throw new PatchRefused(500, text)
}

function mergeField(result: Map<string, unknown>, directive: string, value: unknown, schema: Schema): void {
  const isDeletion = directive.startsWith(DELETE_ITEMS)
  const name = isDeletion ? named(directive, DELETE_ITEMS, "invalid patch format of primitive list") : directive
  if (value === null) return void result.delete(name)
  const live = result.get(name)
  if (isDeletion) {
    if (Array.isArray(live) && Array.isArray(value)) result.set(name, withoutItems(live, value))
  } else if (isFields(live) && isFields(value)) {
    result.set(name, mergedInside(live, value, schema, name))
  } else if (Array.isArray(live) && Array.isArray(value)) {
    result.set(name, mergedList(live, value, merging(schema, name)))
  } else if (isDirective(value)) {
    result.delete(name)
  } else {
    result.set(name, withoutDirectives(withoutNulls(value)))
  }
}

function mergedInside(live: Fields, patch: Fields, schema: Schema, name: string): Fields {
  const inside = fieldSchema(schema, name)
  return strategyOf(inside) === "replace" ? patch : mergedFields(live, patch, inside)
}

interface Merging {
  /** Where items are not merged, the new list replaces the old one. */
  isMerged: boolean
  key: string | undefined
  items: Schema
}

function merging(schema: Schema, name: string): Merging {
  const list = fieldSchema(schema, name)
  const key = list["x-kubernetes-patch-merge-key"]
  return { isMerged: strategyOf(list) === "merge", key, items: list.items ?? {} }
}

const strategyOf = (schema: Schema): string | undefined =>
  schema["x-kubernetes-patch-strategy"]?.split(",").find((strategy) => strategy !== "retainKeys")

function fieldSchema(schema: Schema, name: string): Schema {
  const found = propertyOf(schema, name)
  if (found) return found
  if (othersOf(schema)) {
    throw new PatchRefused(500, "merging an object in json but data type is not struct, instead is: map")
  }
  const struct = definitionName(schema)?.split(".").at(-1) ?? ""
  throw new PatchRefused(500, `unable to find api field in struct ${struct} for the json field ${JSON.stringify(name)}`)
}

function mergedList(live: Items, patch: Items, { isMerged, key, items }: Merging): Items {
  if (!isMerged) return patch
  return withPatchedItems(live, patch, key, (one, other) => mergedFields(one, other, items))
}

/** Directives say nothing about what is new. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => !isDirective(item)).map(withoutDirectives)
  if (!isFields(value)) return value
  const kept = Object.entries(value).filter(([, item]) => !isDirective(item))
  return Object.fromEntries(kept.map(([name, item]) => [name, withoutDirectives(item)]))
}
