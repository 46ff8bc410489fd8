/** The components of a URL that `htu` is compared by (RFC 9449 §4.3 check 9), in normal form. */
export interface TargetUrl {
  readonly scheme: 'http' | 'https'
  /** The host in lower case, and the port unless it is the scheme's default. */
  readonly authority: string
  /** The normalised path; `/` in place of an empty one. */
  readonly path: string
}

// RFC 3986 §3, strictly. A WHATWG parser would silently repair backslashes, white space and control characters.
const URL_TEXT = /^([Hh][Tt][Tt][Pp][Ss]?):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s
// Printable ASCII without the characters that have a meaning of their own: `?` and `#` end a path, a backslash is a
// slash to WHATWG parsers, and a percent sign begins an escape. This is more than pchar (RFC 3986 §3.3). WHATWG URL
// leaves most of the surplus unescaped in a path, so clients send it. None of it can change the structure of a URL.
const PATH = /^(?:\/(?:[!"$&->@-[\]-~]|%[0-9A-Fa-f]{2})*)?$/
// Query and fragment, which RFC 9449 §4.3 check 9 ignores. No URL contains white space or control characters.
const IGNORED = /^[^\s\p{Cc}]*$/u

/**
 * Parses and normalises `htu`. Query and fragment are dropped (RFC 9449 §4.2). The path keeps its case and its trailing
 * slash. Printable characters that RFC 3986 does not allow in a path are percent-encoded.
 *
 * @returns undefined unless it is an http or https URL without userinfo
 */
export function parseTargetUrl(text: string): TargetUrl | undefined {
  const [, scheme, authority, path, query = '', fragment = ''] = URL_TEXT.exec(text) ?? []
  if (scheme === undefined || authority === undefined || path === undefined) return undefined
  if (!IGNORED.test(query) || !IGNORED.test(fragment)) return undefined
  return targetUrl(scheme.toLowerCase(), authority, path)
}

/**
 * Validates and normalises components that came separately. They are never joined first, so none can inject into
 * another.
 *
 * @param port - for an authority that has none
 * @returns undefined when a component is invalid
 */
export function targetUrl(scheme: string, authority: string, path: string, port?: number): TargetUrl | undefined {
  if (scheme !== 'http' && scheme !== 'https') return undefined
  const normalAuthority = normalizeAuthority(scheme, authority, port)
  const normalPath = normalizePath(path)
  if (normalAuthority === undefined || normalPath === undefined) return undefined
  return { scheme, authority: normalAuthority, path: normalPath }
}

const AUTHORITY = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?)(?::([0-9]{0,5}))?$/
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/

// Fast path, which most authorities take: a name in normal form, without a port, that cannot be an IPv4 address.
const PLAIN_NAME = /^(?!-|.*xn--)(?:[a-z0-9_-]+\.)*[a-z_](?:[a-z0-9_-]*[a-z0-9_])?$/

/**
 * Host and port by a strict grammar, which leaves no room for userinfo, a comma, white space, a backslash or a path.
 */
function normalizeAuthority(scheme: 'http' | 'https', authority: string, fallbackPort?: number): string | undefined {
  if (fallbackPort === undefined && PLAIN_NAME.test(authority)) return isShort(authority) ? authority : undefined
  const [, host, port = ''] = AUTHORITY.exec(authority) ?? []
  if (host === undefined || !isShort(host)) return undefined
  const lastLabel = host.replace(/\.$/, '').split('.').at(-1) ?? ''
  // WHATWG URL §3.5: a host whose last label is a number is an IPv4 address. `0x7f.1` and `127.1` are both 127.0.0.1,
  // so only the dotted-decimal form is accepted.
  if (/^(?:\d+|0[xX][0-9A-Fa-f]*)$/.test(lastLabel) && !IPV4.test(host)) return undefined
  const hostname = normalizeHost(host)
  if (hostname === undefined) return undefined
  // RFC 3986 §6.2.3: an empty port and the default port are equivalent to none.
  const number = port === '' ? fallbackPort : parsePort(port)
  if (number === undefined) return port === '' ? hostname : undefined
  return number === defaultPort(scheme) ? hostname : `${hostname}:${number}`
}

const LONGEST_LABEL = 63

/** RFC 1035 §2.3.4: labels of at most 63 octets, names of at most 255 on the wire, which are 253 characters as text. */
function isShort(host: string): boolean {
  if (host.length <= LONGEST_LABEL) return true
  const name = host.endsWith('.') ? host.slice(0, -1) : host
  return name.length <= 253 && name.split('.').every((label) => label.length <= LONGEST_LABEL)
}

/** RFC 6335 §6: 1 to 65535, in at most five digits; undefined for anything else. */
export function parsePort(text: string): number | undefined {
  const number = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0
  return number >= 1 && number <= 65_535 ? number : undefined
}

/** The port of a scheme (RFC 9110 §4.2). */
export function defaultPort(scheme: 'http' | 'https'): number {
  return scheme === 'https' ? 443 : 80
}

// Fast path, which most hosts take: a name in normal form.
const NORMAL_NAME = /^(?!.*xn--)[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/

function normalizeHost(host: string): string | undefined {
  if (NORMAL_NAME.test(host)) return host
  // Only a host can be in this text by now, so parsing cannot be tricked. It lower-cases names, checks Punycode, and
  // writes IPv6 addresses in canonical form (RFC 5952).
  return URL.canParse(`http://${host}/`) ? new URL(`http://${host}/`).hostname : undefined
}

// Fast path, which most paths take: a path without any of these is in normal form.
const NOT_NORMAL = /["%<>[\]^`{|}]|\/\./

/**
 * Normalises percent-encoding, then removes dot segments (RFC 3986 §6.2.2). Undefined for text that is not a path. Case
 * and slashes are kept: servers route `/a`, `/A` and `/a/` to different resources.
 */
export function normalizePath(path: string): string | undefined {
  if (!PATH.test(path)) return undefined
  if (!NOT_NORMAL.test(path)) return path === '' ? '/' : path
  return removeDotSegments(path.replace(/%[0-9A-Fa-f]{2}|["<>[\]^`{|}]/g, normalizeEscape))
}

/** RFC 3986 §6.2.2.2: only unreserved characters are decoded. A decoded `%2F` would become a path separator. */
function normalizeEscape(text: string): string {
  if (text.length === 1) return `%${text.charCodeAt(0).toString(16).toUpperCase()}`
  const character = String.fromCharCode(Number.parseInt(text.slice(1), 16))
  return /[A-Za-z0-9._~-]/.test(character) ? character : text.toUpperCase()
}

/** RFC 3986 §5.2.4, for a path that starts with a slash. */
function removeDotSegments(path: string): string {
  const output: string[] = []
  const segments = path.split('/').slice(1)
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1
    if (segment === '..') output.pop()
    if (segment !== '.' && segment !== '..') output.push(segment)
    else if (last) output.push('')
  }
  return `/${output.join('/')}`
}

/** Writes a URL in normal form. */
export function formatTargetUrl({ scheme, authority, path }: TargetUrl): string {
  return `${scheme}://${authority}${path}`
}
