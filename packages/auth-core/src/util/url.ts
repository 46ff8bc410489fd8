const LOOPBACK = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/

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
