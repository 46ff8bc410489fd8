/** @throws {TypeError} for an option that there is not: a misspelt one would be dropped silently */
export function rejectUnknown(of: string, given: object, names: readonly string[]): void {
  const unknown = Object.keys(given).find((name) => !names.includes(name))
  if (unknown === undefined) return
  throw new TypeError(`${of}: unknown option ${JSON.stringify(unknown.slice(0, 60))}, want one of ${names.join(', ')}`)
}
