const FLAGS = /^\(\?([ims]+)\)/

/** A regular expression in the dialect that gateways use, which has to fit the whole text. Throws where it cannot be read. */
export function wholeRegex(pattern: string): RegExp {
  const flags = FLAGS.exec(pattern)?.[1] ?? ""
  const body = pattern.replace(FLAGS, "").replaceAll("(?P<", "(?<")
  // Only with this flag are letters of other alphabets known by class; it is stricter about escapes, so it is not the rule.
  const unicode = /\\[pP]/.test(body) ? "u" : ""
  return new RegExp(`^(?:${body})$`, flags + unicode)
}
