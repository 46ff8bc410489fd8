import { printable, quote } from './quote.js'

/** Helpers for reading what a developer configured. */

/** A TypeError that names the setting, what was given and what is wanted. */
export function configurationError(name: string, given: unknown, wanted: string): TypeError {
  return new TypeError(`${name}: got ${describe(given)}, want ${wanted}`)
}

/** The same for a secret, of which only the kind is told. */
export function secretError(name: string, given: unknown, wanted: string): TypeError {
  const kind = Array.isArray(given) ? `a list of ${given.length}` : typeof given
  return new TypeError(
    `${name}: got ${typeof given === 'string' ? `${given.length} characters` : kind}, want ${wanted}`,
  )
}

// Characters of a value that a message shows.
const MOST_SHOWN = 400

// Options may hold secrets, whatever else is wrong with them.
const SECRETS = ['nonce', 'secret']

/** Fit for one log line: a function that looks up issuers may answer with text that came from outside. */
function describe(value: unknown): string {
  if (typeof value === 'string') return printable(JSON.stringify(value), MOST_SHOWN)
  if (typeof value === 'object' && value !== null) {
    try {
      const text = JSON.stringify(value, (name, member: unknown) => (SECRETS.includes(name) ? '…' : member))
      return printable(text, MOST_SHOWN)
    } catch {
      return 'an object'
    }
  }
  return typeof value === 'function' ? 'a function' : String(value)
}

/** An object as written in code or parsed from JSON: no array, and no Map or promise, which would look empty. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** An option with a misspelt name would be dropped silently, and with it a check. */
export function rejectUnknownNames(where: string, value: object, names: readonly string[]): void {
  const unknown = Object.keys(value).find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw new TypeError(`${where}: unknown option ${quote(unknown)}, want one of ${names.join(', ')}`)
}

/**
 * A name that is there with the value undefined was meant to say something: a misspelt member, a variable that is not
 * set. Taken for "not given" it would drop a check silently.
 *
 * @param path - what stands before the name in a message, such as `dpop.`
 * @param harmless - names of which the default checks no less than any value, so that they may come from a variable
 */
export function rejectUndefined(path: string, options: object, harmless: readonly string[] = []): void {
  const name = Object.entries(options).find(([one, value]) => value === undefined && !harmless.includes(one))?.[0]
  if (name !== undefined) throw configurationError(`${path}${name}`, undefined, 'a value, or no such name')
}

/** A number of seconds: finite, 0 or more. */
export function seconds(name: string, value: unknown, fallback: number): number {
  if (value === undefined) return fallback
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
    throw configurationError(name, value, 'seconds, 0 or more')
  }
  return value
}

const LOOPBACK = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/

/**
 * A URL of an issuer: https, or http on a loopback host, where nobody can listen in (RFC 8414 §2, RFC 8252 §7.3).
 * No userinfo, query or fragment. Returned as written: issuers are compared as text.
 */
export function issuerUrl(name: string, value: unknown, example: string, insecureHosts?: readonly string[]): string {
  if (/[?#]/.test(String(value))) throw configurationError(name, value, `a URL such as ${example}`)
  return keysUrl(name, value, example, insecureHosts)
}

/** The same for a document's URL, which may have a query. http is also for hosts that are listed (`host:port`). */
export function keysUrl(name: string, value: unknown, example: string, insecureHosts?: readonly string[]): string {
  const url = plainUrl(value)
  if (url === undefined || url.hash !== '') {
    throw configurationError(name, value, `a URL such as ${example}`)
  }
  if (!isSecure(url) && !(insecureHosts ?? []).includes(url.host)) {
    const only =
      insecureHosts === undefined ? 'loopback hosts only' : 'loopback hosts, and those listed in insecureHosts'
    throw configurationError(name, value, `https; http is for ${only}`)
  }
  return String(value)
}

const PLAIN_URL = /^https?:\/\/[A-Za-z0-9._:[\]-]+(?:\/[\x21-\x5B\x5D-\x7E]*)?$/

/** An http or https URL without userinfo, of characters that stand for themselves; undefined for anything else. */
export function plainUrl(value: unknown): URL | undefined {
  if (typeof value !== 'string' || !PLAIN_URL.test(value)) return undefined
  return parseUrl(value)
}

/** The URL, or undefined. `URL.parse` is not in Node 20. */
export function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}

/** https, or http to this machine. */
export function isSecure(url: URL): boolean {
  return url.protocol === 'https:' || isHttpOnLoopback(url)
}

/** http to this machine, where nobody can listen in. */
export function isHttpOnLoopback(url: URL): boolean {
  return url.protocol === 'http:' && LOOPBACK.test(url.hostname)
}

/** @throws {TypeError} when an option is no object */
export function requireObject(name: string, given: unknown, wanted: string): void {
  if (!isPlainObject(given)) throw configurationError(name, given, wanted)
}
