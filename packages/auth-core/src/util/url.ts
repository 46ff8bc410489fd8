const LOOPBACK = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/

const PLAIN_URL = /^https?:\/\/[A-Za-z0-9._:[\]-]+(?:\/[\x21-\x5B\x5D-\x7E]*)?$/

/**
 * Parses an http or https URL without userinfo; undefined for anything else. WHATWG parsing silently repairs
 * backslashes, white space and non-ASCII characters, so text with any of these is refused first.
 */
export function plainUrl(value: unknown): URL | undefined {
  if (typeof value !== 'string' || !PLAIN_URL.test(value)) return undefined
  return parseUrl(value)
}

/** What `URL.parse` does, which Node 20 lacks. */
export function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}

/** Whether a URL is https, or http to a loopback host. */
export function isSecure(url: URL): boolean {
  return url.protocol === 'https:' || isHttpOnLoopback(url)
}

/** Whether a URL is http to a loopback host: such traffic never leaves the machine (RFC 8252 §8.3). */
export function isHttpOnLoopback(url: URL): boolean {
  return url.protocol === 'http:' && LOOPBACK.test(url.hostname)
}
