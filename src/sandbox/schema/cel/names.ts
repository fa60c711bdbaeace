/** Words that mean something in the language; as names of fields they are written `__word__`. */
const reserved = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
)

const odd: Readonly<Record<string, string>> = { ".": "__dot__", "-": "__dash__", "/": "__slash__" }

/** How a rule writes the name of a field; undefined for names that it cannot write. */
export function celName(name: string): string | undefined {
  if (reserved.has(name)) return `__${name}__`
  if (!/^[A-Za-z_][-A-Za-z0-9_./]*$/.test(name)) return undefined
  return name.replaceAll(/__|[-./]/g, (found) => odd[found] ?? "__underscores__")
}
