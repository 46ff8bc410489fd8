import { configurationError } from '../options/option-checks.js'

/** Validates an option `audience`. @throws {TypeError} */
export function audienceList(name: string, given: unknown): readonly string[] {
  return textList(name, given, "the identifier of this API, such as 'https://api.example.com', or a list")
}

/** One text or a list of them, none of them empty. @throws {TypeError} */
export function textList(name: string, given: unknown, wanted: string): readonly string[] {
  const list: unknown = typeof given === 'string' ? [given] : given
  if (!Array.isArray(list) || list.length === 0 || !list.every((one) => typeof one === 'string' && one !== '')) {
    throw configurationError(name, given, wanted)
  }
  return Object.freeze([...new Set<string>(list)])
}

/** The audience of an issuer, where it has one of its own, and else that of all issuers. */
export function audienceOf(path: string, given: unknown, fallback: readonly string[] | undefined): readonly string[] {
  return given === undefined && fallback !== undefined ? fallback : audienceList(`${path}audience`, given)
}
