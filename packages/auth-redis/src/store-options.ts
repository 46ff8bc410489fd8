import { isSeconds, wrong } from './options.js'

/**
 * Checks what stores and sources on Redis share.
 *
 * @throws {TypeError} that names the option, and shows nothing of a key
 */
export function requireOptions(options: object, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null) throw wrong('options', options, 'an object')
  // An option with a misspelt name would be dropped silently.
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown !== undefined) throw new TypeError(`unknown option "${unknown}", want one of ${names.join(', ')}`)
  const { prefix, timeout }: Readonly<Record<string, unknown>> = { ...options }
  if (prefix !== undefined && !(typeof prefix === 'string' && prefix.length <= 100))
    throw wrong('prefix', prefix, 'text of 100 characters at most')
  if (timeout !== undefined) requireSeconds('timeout', timeout)
}

/** @throws {TypeError} */
export function requireSeconds(name: string, given: unknown): void {
  if (!isSeconds(given) || given === 0) throw wrong(name, given, 'seconds, more than 0 and up to a day')
}
