import type { Settings } from '../options/options.js'
import { NO_PARAMETERS } from './errors.js'
import type { SentBody } from './refusal-body.js'
import type { AuthError, AuthScheme } from './errors.js'

/** What of the configuration shows in an answer. */
export interface ChallengePolicy {
  readonly realm: string
  /** The schemes that this resource server accepts, the preferred one first. */
  readonly schemes: readonly AuthScheme[]
  readonly dpopAlgorithms: readonly string[]
  readonly bodyOf: (error: AuthError) => SentBody
  /** `resource_metadata` of each 401 and 403 (RFC 9728 §5.1). */
  readonly metadataUrl?: string | undefined
}

/** An HTTP response, as plain data. */
export interface RefusalResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What a refused request was for. */
export interface Addressed {
  readonly dpopRequired: boolean
  /** The scopes of the route, for who came without credentials; empty for none. */
  readonly scope: string
  /** Where the metadata of the resource is. */
  readonly metadataUrl: string | undefined
}

/** Renders the refusals of a resource server, whose options show in its challenges. */
export function createRefusals(
  { realm, schemes, dpop, resourceMetadata }: Pick<Settings, 'realm' | 'schemes' | 'dpop' | 'resourceMetadata'>,
  bodyOf: (error: AuthError) => SentBody,
): { render(error: AuthError, addressed: Addressed): RefusalResponse } {
  const policy: ChallengePolicy = { realm, schemes, dpopAlgorithms: dpop.algorithms, bodyOf, metadataUrl: undefined }
  const dpopOnly: ChallengePolicy = { ...policy, schemes: ['DPoP'] }
  // One for each resource that is configured.
  const policies = new Map<string | undefined, { policy: ChallengePolicy; dpopOnly: ChallengePolicy }>()
  for (const { metadataUrl } of resourceMetadata) {
    policies.set(metadataUrl, { policy: { ...policy, metadataUrl }, dpopOnly: { ...dpopOnly, metadataUrl } })
  }
  return {
    render(error, { dpopRequired, scope, metadataUrl }) {
      const of = policies.get(metadataUrl) ?? { policy, dpopOnly }
      return renderRefusal(error, dpopRequired ? of.dpopOnly : of.policy, scope)
    },
  }
}

// Challenges without parameters of their own: as many as there are reasons, schemes and modes.
const remembered = new WeakMap<ChallengePolicy, Map<string, string>>()

/**
 * Renders a refusal, and sets the error's own headers. The only place that writes `WWW-Authenticate`: one field value
 * (RFC 9110 §11.6.1), a challenge for each accepted scheme, the failing one first.
 */
export function renderRefusal(error: AuthError, policy: ChallengePolicy, scope = ''): RefusalResponse {
  error.headers = ownHeaders(error, policy, scope)
  const { text, length, contentType } = policy.bodyOf(error)
  const headers: Record<string, string> = { 'content-type': contentType, 'content-length': String(length) }
  for (const name in error.headers) headers[name] = error.headers[name] ?? ''
  return { status: error.status, headers, body: text }
}

/** In lower case, as some frameworks send them anyway: every adapter sends the same bytes. */
function ownHeaders(error: AuthError, policy: ChallengePolicy, scope: string): Readonly<Record<string, string>> {
  const common = {
    'cache-control': 'no-store',
    ...(error.correlationId !== undefined && { 'x-request-id': error.correlationId }),
  }
  if (error.status === 503) return { ...common, 'retry-after': String(error.retryAfter ?? 5) }
  const value =
    error.parameters === NO_PARAMETERS && scope === ''
      ? rememberedChallenges(error, policy)
      : challenges(error, policy, scope)
  // RFC 9449 §9.
  if (error.nonce !== undefined) return { ...common, 'www-authenticate': value, 'dpop-nonce': error.nonce }
  return { ...common, 'www-authenticate': value }
}

function rememberedChallenges(error: AuthError, policy: ChallengePolicy): string {
  let byReason = remembered.get(policy)
  if (byReason === undefined) {
    byReason = new Map()
    remembered.set(policy, byReason)
  }
  const key = `${error.reason} ${error.scheme}`
  let value = byReason.get(key)
  if (value === undefined) {
    value = challenges(error, policy, '')
    byReason.set(key, value)
  }
  return value
}

function challenges(error: AuthError, policy: ChallengePolicy, scope: string): string {
  const failing = policy.schemes.find((scheme) => scheme === error.scheme) ?? policy.schemes[0]
  const others = policy.schemes.filter((scheme) => scheme !== failing)
  const common = {
    // RFC 6750 §3: what is needed, for who has no credentials yet.
    ...(error.reason === 'credentials_missing' && scope !== '' && { scope }),
    // RFC 9728 §5.1.
    ...(policy.metadataUrl !== undefined &&
      HAS_METADATA.has(error.status) && { resource_metadata: policy.metadataUrl }),
  }
  return [failing, ...others]
    .filter((scheme) => scheme !== undefined)
    .map((scheme) => challenge(scheme, policy, { ...common, ...(scheme === failing && errorParameters(error)) }))
    .join(', ')
}

// RFC 9110 §5.6.4 quoted-string, without the need to escape: the application may make errors of its own.
const QUOTABLE = /^[\x20\x21\x23-\x5B\x5D-\x7E]*$/
const HAS_METADATA = new Set([401, 403])

function challenge(scheme: AuthScheme, policy: ChallengePolicy, error: Readonly<Record<string, string>>): string {
  // RFC 6750 §3: a Bearer challenge has at least one parameter. RFC 9449 §7.1: algs tells the accepted algorithms.
  const own = scheme === 'Bearer' ? { realm: policy.realm } : { algs: policy.dpopAlgorithms.join(' ') }
  const parameters = Object.entries({ ...own, ...error })
    .filter(([, value]) => QUOTABLE.test(value))
    .map(([name, value]) => `${name}="${value}"`)
  return `${scheme} ${parameters.join(', ')}`
}

/** RFC 6750 §3.1: a request without any credentials is not told of an error. */
function errorParameters(error: AuthError): Readonly<Record<string, string>> {
  if (error.reason === 'credentials_missing') return {}
  return { error: error.error, error_description: error.description, ...error.parameters }
}
