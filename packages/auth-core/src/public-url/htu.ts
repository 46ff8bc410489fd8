/** A URL as the components that a DPoP proof is compared by (RFC 9449 §4.3 check 9). */
export interface TargetUrl {
  readonly scheme: 'http' | 'https'
  /** Host in lower case, and the port unless it is the scheme's own. */
  readonly authority: string
  /** Normalised path, never empty. */
  readonly path: string
}

// RFC 3986 §3, strictly: WHATWG parsing would mend backslashes, white space and control characters.
const URL_TEXT = /^([Hh][Tt][Tt][Pp][Ss]?):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s
// Printable ASCII, but for what has a meaning of its own: `?` and `#` end a path, a backslash is a slash to WHATWG parsers,
// and a percent sign begins an escape. So there is more in it than pchar (RFC 3986 §3.3): what no URL has as it is, and
// clients send all the same, since WHATWG URL leaves most of it alone in a path. None of it can change the structure.
const PATH = /^(?:\/(?:[!"$&->@-[\]-~]|%[0-9A-Fa-f]{2})*)?$/
// RFC 9449 §4.3 check 9: both are ignored, whatever they hold. White space and control characters are in no URL at all.
const IGNORED = /^[^\s\p{Cc}]*$/u

/**
 * Parses and normalises `htu`. Query and fragment are dropped (RFC 9449 §4.2); the path keeps its case and its
 * trailing slash.
 *
 * @returns undefined when it is not an http or https URL without userinfo by the grammar of RFC 3986, but for printable
 * characters that it wants percent-encoded: those are encoded
 */
export function parseTargetUrl(text: string): TargetUrl | undefined {
  const [, scheme, authority, path, query = '', fragment = ''] = URL_TEXT.exec(text) ?? []
  if (scheme === undefined || authority === undefined || path === undefined) return undefined
  if (!IGNORED.test(query) || !IGNORED.test(fragment)) return undefined
  return targetUrl(scheme.toLowerCase(), authority, path)
}

/**
 * The same from parts that came separately and are never joined before they are checked.
 * `port` is that of an authority without a port of its own.
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

// Names that are in their one form already, without a port, and cannot be an address: most of them.
const PLAIN_NAME = /^(?!-|.*xn--)(?:[a-z0-9_-]+\.)*[a-z_](?:[a-z0-9_-]*[a-z0-9_])?$/

/** Host and port by strict grammar: no userinfo, comma, space, backslash or path can be in it. */
function normalizeAuthority(scheme: 'http' | 'https', authority: string, portElse?: number): string | undefined {
  if (portElse === undefined && PLAIN_NAME.test(authority)) return isShort(authority) ? authority : undefined
  const [, host, port = ''] = AUTHORITY.exec(authority) ?? []
  if (host === undefined || !isShort(host)) return undefined
  const lastLabel = host.replace(/\.$/, '').split('.').at(-1) ?? ''
  // A last label that is a number makes an IPv4 address (WHATWG URL §3.5); only the dotted form has one meaning.
  if (/^(?:\d+|0[xX][0-9A-Fa-f]*)$/.test(lastLabel) && !IPV4.test(host)) return undefined
  const hostname = normalizeHost(host)
  if (hostname === undefined) return undefined
  // RFC 3986 §6.2.3: an empty port and the default port are no port.
  const number = port === '' ? portElse : parsePort(port)
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

// Names that are in their one form already: most of them.
const NORMAL_NAME = /^(?!.*xn--)[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/

function normalizeHost(host: string): string | undefined {
  if (NORMAL_NAME.test(host)) return host
  // The text is checked, so parsing it can move nothing; it brings IPv6 addresses to their one form (RFC 5952).
  return URL.canParse(`http://${host}/`) ? new URL(`http://${host}/`).hostname : undefined
}

// A path with none of these, and no dot behind a slash, is in normal form: most are.
const NOT_NORMAL = /["%<>[\]^`{|}]|\/\./

/**
 * RFC 3986 §6.2.2: percent-encoding in one form, then dot segments removed. Undefined when it is not a path.
 * Which characters are encoded is all that two spellings of one normal form can differ in.
 */
export function normalizePath(path: string): string | undefined {
  if (!PATH.test(path)) return undefined
  if (!NOT_NORMAL.test(path)) return path === '' ? '/' : path
  return removeDotSegments(path.replace(/%[0-9A-Fa-f]{2}|["<>[\]^`{|}]/g, normalizeEscape))
}

/** RFC 3986 §6.2.2.2: only unreserved characters are decoded; `%2F` stays what it is. */
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

/** The URL as text, in normal form. */
export function formatTargetUrl({ scheme, authority, path }: TargetUrl): string {
  return `${scheme}://${authority}${path}`
}
