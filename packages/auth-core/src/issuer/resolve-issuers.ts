import { readAlgorithms } from '../crypto/algorithms.js'
import type { Algorithm } from '../crypto/algorithms.js'
import { keyList } from '../crypto/json-web-key.js'
import { configurationError, rejectUndefined, rejectUnknownNames } from '../options/option-checks.js'
import { isPlainObject } from '../util/json.js'
import { audienceList } from './audience-list.js'
import type { IssuerResolver, IssuerSettings, TrustedIssuer } from './issuer-options.js'
import { issuerUrl, keysUrl } from './issuer-url.js'

/** The options that select the trusted issuers. Exactly one of `domain`, `issuer`, `issuers` and `tenants` is required. */
interface IssuerSelection {
  readonly domain?: unknown
  readonly issuer?: unknown
  readonly issuers?: unknown
  readonly tenants?: unknown
  readonly audience?: unknown
}

/** What an issuer has where it says nothing else. */
export interface IssuerDefaults {
  readonly audience: readonly string[] | undefined
  readonly algorithms: readonly Algorithm[]
  readonly readForm: IssuerFormReader
}

/** What tokens of an issuer look like. */
export type TokenForm = Pick<TrustedIssuer, 'audience' | 'audienceFrom' | 'tenants' | 'shape' | 'requireClaims'>

/** How some options of an issuer are read. @throws {TypeError} that names the option */
export interface IssuerFormReader {
  readonly tokens: (
    path: string,
    options: Readonly<Record<string, unknown>> & { readonly issuer: string },
    audience: readonly string[] | undefined,
  ) => TokenForm
  readonly insecureHosts: (name: string, given: unknown) => readonly string[]
}

/** Validates the options about issuers. @throws {TypeError} that names the option, what was given and what is wanted */
export function resolveIssuers(
  options: IssuerSelection,
  algorithms: readonly Algorithm[],
  readForm: IssuerFormReader,
): IssuerSettings {
  const { domain, issuer, issuers, tenants } = options
  const given = [domain, issuer, issuers, tenants].filter((one) => one !== undefined)
  if (given.length !== 1) {
    throw new TypeError(
      `domain, issuer, issuers, tenants: got ${given.length} of them, want exactly one, such as domain: 'tenant.auth0.com'`,
    )
  }
  const audience = options.audience === undefined ? undefined : audienceList('audience', options.audience)
  const defaults = { audience, algorithms, readForm }
  // Each tenant has issuers of its own.
  if (tenants !== undefined) return { listed: new Map(), resolver: undefined }
  if (typeof issuers === 'function') {
    const read = (answer: unknown): TrustedIssuer => resolveIssuer('issuers().', answer, defaults)
    return { listed: new Map(), resolver: { ask: issuers as IssuerResolver, read } }
  }

  const single = { ...(domain !== undefined && { domain }), ...(issuer !== undefined && { issuer }) }
  const list = issuers === undefined ? [single] : issuers
  if (!Array.isArray(list) || list.length === 0) {
    throw configurationError('issuers', issuers, 'a list of issuers or a function')
  }
  const listed = new Map<string, TrustedIssuer>()
  for (const [index, one] of list.entries()) {
    const trusted = resolveIssuer(issuers === undefined ? '' : `issuers[${index}].`, one, defaults)
    if (listed.has(trusted.issuer)) throw configurationError(`issuers[${index}]`, trusted.issuer, 'each issuer once')
    listed.set(trusted.issuer, trusted)
  }
  return { listed, resolver: undefined }
}

const OPTION_NAMES = [
  'issuer',
  'domain',
  'audience',
  'audienceFrom',
  'tenants',
  'preset',
  'claims',
  'machine',
  'accessToken',
  'algorithms',
  'jwks',
  'jwksUri',
  'insecureHosts',
]

/** Validates the options of one issuer. @throws {TypeError} */
export function resolveIssuer(path: string, given: unknown, { readForm, ...defaults }: IssuerDefaults): TrustedIssuer {
  const options: unknown = typeof given === 'string' ? { issuer: given } : given
  if (!isPlainObject(options)) throw configurationError(path.slice(0, -1), given, 'an issuer URL or an object')
  rejectUnknownNames(path.slice(0, -1), options, OPTION_NAMES)
  rejectUndefined(path, options, ['issuer', 'domain', 'jwksUri'])
  const insecureHosts = readForm.insecureHosts(`${path}insecureHosts`, options['insecureHosts'])
  const issuer = issuerName(path, options, insecureHosts)
  return Object.freeze({
    issuer,
    ...readForm.tokens(path, { ...options, issuer }, defaults.audience),
    algorithms: readAlgorithms(defaults.algorithms)(options['algorithms'], `${path}algorithms`),
    ...keySource(path, options, insecureHosts),
    insecureHosts,
  })
}

type Given = Readonly<Record<string, unknown>>

/** @throws {TypeError} */
export function issuerName(path: string, options: Given, insecureHosts: readonly string[]): string {
  const { issuer, domain } = options
  if ((issuer === undefined) === (domain === undefined)) {
    throw configurationError(`${path}issuer`, issuer, 'either an issuer or a domain')
  }
  if (domain === undefined) {
    // Options at the top level have no `insecureHosts`, so the message must not advise to set it.
    const hosts = path === '' ? undefined : insecureHosts
    return issuerUrl(`${path}issuer`, issuer, 'https://issuer.example.com/', hosts)
  }
  // A host name and perhaps a port. A scheme, userinfo or path could make `https://${domain}/` a URL of another origin.
  if (typeof domain !== 'string' || !/^(?!-)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:\d{1,5})?$/.test(domain)) {
    throw configurationError(`${path}domain`, domain, "a domain without scheme or path, such as 'tenant.auth0.com'")
  }
  return issuerUrl(`${path}domain`, `https://${domain.toLowerCase()}/`, 'tenant.auth0.com')
}

function keySource(
  path: string,
  options: Given,
  insecureHosts: readonly string[],
): Pick<TrustedIssuer, 'jwks' | 'jwksUri'> {
  const { jwks, jwksUri } = options
  if (jwks !== undefined && jwksUri !== undefined) {
    throw configurationError(`${path}jwksUri`, jwksUri, 'either jwks or jwksUri')
  }
  if (jwksUri !== undefined) {
    const uri = keysUrl(`${path}jwksUri`, jwksUri, 'https://issuer.example.com/jwks.json', insecureHosts)
    return { jwks: undefined, jwksUri: uri }
  }
  const keys = jwks === undefined ? undefined : keyList(jwks)
  if (jwks !== undefined && keys === undefined) throw configurationError(`${path}jwks`, jwks, '{ keys: [...] }')
  return { jwks: keys, jwksUri: undefined }
}
