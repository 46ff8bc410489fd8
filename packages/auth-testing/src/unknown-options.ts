/** A misspelt option would be dropped in silence, and the test be one of something else. @throws {TypeError} */
export function rejectUnknown(what: string, options: object, names: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw new TypeError(`${what}: unknown option "${unknown}", want one of ${names.join(', ')}`)
}
