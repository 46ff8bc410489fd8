import { warn } from '../outcome/events.js'
import { isPlainObject } from '../util/json.js'
import { parseUrl } from '../util/url.js'
import { configurationError } from './option-checks.js'
import type { Settings } from './options.js'

// Values that are legal and surely wrong. Only of options, never of what a function answers for an issuer: found out
// while a request is decided on, they would turn refusals into faults.

type Given = Readonly<Record<string, unknown>>

const MOST_TOLERANCE = 600
const MUCH_TOLERANCE = 120

/** @throws {TypeError} that names the option, and what was probably meant */
export function refuseSuspicious(options: unknown): void {
  // Refused elsewhere, as anything else is that is not of its form.
  if (!isPlainObject(options)) return
  const { clockTolerance, issuers, tenants, shadow } = options
  if (typeof clockTolerance === 'number' && clockTolerance > MOST_TOLERANCE) {
    throw configurationError('clockTolerance', clockTolerance, `${MOST_TOLERANCE} seconds at most`)
  }
  refuseSuspiciousIssuer(options)
  if (isPlainObject(shadow)) refuseSuspiciousIssuer({ audience: shadow['audience'] }, 'shadow.')
  refuseSuspiciousIssuers(issuers, '')
  if (!Array.isArray(tenants)) return
  for (const [index, one] of tenants.entries()) {
    if (!isPlainObject(one)) continue
    refuseSuspiciousIssuer(one, `tenants[${index}].`)
    refuseSuspiciousIssuers(one['issuers'], `tenants[${index}].`)
  }
}

function refuseSuspiciousIssuers(issuers: unknown, path: string): void {
  if (!Array.isArray(issuers)) return
  const list = issuers.map((one: unknown): Given => (isPlainObject(one) ? one : { issuer: one }))
  for (const [index, one] of list.entries()) refuseSuspiciousIssuer(one, `${path}issuers[${index}].`)
  refuseTwins(list, path)
}

/** Of what variables say, too. @throws {TypeError} */
export function refuseSuspiciousIssuer({ domain, issuer, audience }: Given, path = ''): void {
  const list: readonly unknown[] = Array.isArray(audience) ? audience : [audience]
  const joined = list.find((one): one is string => typeof one === 'string' && one.includes(','))
  if (joined !== undefined) {
    const names = joined.split(/\s*,\s*/)
    const wanted = `a list, such as audience: [${names.map((name) => `'${name}'`).join(', ')}]`
    throw configurationError(`${path}audience`, joined, wanted)
  }
  if (typeof domain === 'string' && /^(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?$/i.test(domain)) {
    const wanted = `issuer: 'http://${domain}/' (AUTH0_ISSUER) as a domain means https`
    throw configurationError(`${path}domain`, domain, wanted)
  }
  const [, base = '', rest] = typeof issuer === 'string' ? (METADATA.exec(issuer) ?? []) : []
  if (rest === undefined) return
  const meant = `${base}${rest === '' && base.lastIndexOf('/') < 8 ? '/' : rest}`
  throw configurationError(`${path}issuer`, issuer, `the issuer, not its metadata: probably '${meant}'`)
}

// OpenID Connect Discovery 1.0 §4 appends it, RFC 8414 §3.1 inserts it.
const METADATA = /^(https?:.*?)\/\.well-known\/(?:openid-configuration|oauth-authorization-server)(.*)$/

/** Two that would be one but for a slash or the case of the host, unless they have keys of their own. */
function refuseTwins(list: readonly Given[], path: string): void {
  const seen = new Map<string, string>()
  for (const [index, { issuer, domain, jwks, jwksUri }] of list.entries()) {
    const name = typeof issuer === 'string' ? issuer : `https://${String(domain)}/`
    const bare = parseUrl(name)?.href.replace(/\/$/, '') ?? name
    const twin = seen.get(bare)
    if (twin !== undefined && twin !== name && jwks === undefined && jwksUri === undefined) {
      throw configurationError(
        `${path}issuers[${index}]`,
        name,
        `each issuer once, as its tokens write it: ${twin} is there`,
      )
    }
    seen.set(bare, name)
  }
}

/** Warns of a tolerance that is large. */
export function warnOfTolerance({ clockTolerance, onEvent }: Settings): void {
  if (clockTolerance <= MUCH_TOLERANCE) return
  const detail = `clockTolerance is ${clockTolerance} s: tokens are accepted for so long after they expired`
  warn({ type: 'warning', code: 'clock_tolerance_large', detail }, onEvent)
}
