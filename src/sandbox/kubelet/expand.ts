/** Puts values in the place of `$(NAME)`. `$$` is a plain dollar sign, and a name without value stays as it is. */
export const expand = (text: string, values: Record<string, string>): string =>
  text.replace(/\$\$|\$\(([^)]*)\)/g, (found, name: string | undefined) =>
    name === undefined ? "$" : Object.hasOwn(values, name) ? values[name]! : found,
  )
