/** One challenge of a `WWW-Authenticate` field (RFC 9110 §11.3). */
export interface Challenge {
  /** In lower case: schemes are case-insensitive (RFC 9110 §11.1). */
  readonly scheme: string
  /** By names in lower case, without quotes and escapes. */
  readonly parameters: ReadonlyMap<string, string>
}

// RFC 9110 §5.6.2, §5.6.4, §11.2.
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const QUOTED = String.raw`"(?:[\t \x21\x23-\x5B\x5D-\x7E\x80-\xFF]|\\[\t \x21-\x7E\x80-\xFF])*"`
const PARAMETER = new RegExp(`^(${TOKEN})[\\t ]*=[\\t ]*(${TOKEN}|${QUOTED})$`)
const SCHEME = new RegExp(`^(${TOKEN})(?: +(.+))?$`)
const TOKEN68 = /^[A-Za-z0-9\-._~+/]+=*$/
const ELEMENT = /(?:"(?:[^"\\]|\\.)*"|[^",])+/g

/** Reads a whole field value, or all its lines joined by commas. @returns undefined when it is malformed */
export function parseChallenges(value: string): readonly Challenge[] | undefined {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = []
  const elements = [...value.matchAll(ELEMENT)].map(([element]) => element.trim()).filter((element) => element !== '')
  for (const element of elements) {
    const [, scheme, first] = PARAMETER.test(element) ? [] : (SCHEME.exec(element) ?? [])
    if (scheme !== undefined) challenges.push({ scheme: scheme.toLowerCase(), parameters: new Map() })
    const parameter = scheme === undefined ? element : first
    if (parameter === undefined || (scheme !== undefined && TOKEN68.test(parameter))) continue
    const [, name, text] = PARAMETER.exec(parameter) ?? []
    const parameters = challenges.at(-1)?.parameters
    // RFC 9110 §11.2: a name occurs once in a challenge.
    if (name === undefined || text === undefined || !parameters || parameters.has(name.toLowerCase())) return undefined
    parameters.set(name.toLowerCase(), text.startsWith('"') ? text.slice(1, -1).replaceAll(/\\(.)/g, '$1') : text)
  }
  return value.replaceAll(ELEMENT, '').replaceAll(',', '') === '' ? challenges : undefined
}
