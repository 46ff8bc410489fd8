/** A private `CryptoKey` (Web Cryptography API §13), by its members: no types of the DOM are needed. */
export interface SigningKey {
  readonly type: string
  readonly extractable: boolean
  readonly algorithm: { readonly name: string }
  readonly usages: readonly string[]
}

/** A private key of this API, registered at the issuer (RFC 7523 §2.2). */
export interface IntrospectionKey {
  readonly key: SigningKey
  readonly kid?: string
}

/** Options of {@link introspection}. Durations are seconds. One of `clientSecret` and `privateKey` is needed. */
export interface IntrospectionOptions {
  /** The issuer, one of those of the resource server. @defaultValue the only one */
  readonly issuer?: string | undefined
  /** The introspection endpoint: https, or http on a loopback host. @defaultValue `introspection_endpoint` of the issuer's metadata (RFC 8414 §2) */
  readonly endpoint?: string | undefined
  /** As what this API is registered at the issuer. */
  readonly clientId: string
  readonly clientSecret?: string | undefined
  /** For `private_key_jwt`: a CryptoKey that signs, and its `kid`. */
  readonly privateKey?: SigningKey | IntrospectionKey | undefined
  /** How the secret is sent (RFC 6749 §2.3.1). @defaultValue 'client_secret_basic' */
  readonly authentication?: 'client_secret_basic' | 'client_secret_post' | undefined
  /**
   * Demands answers that the issuer has signed (RFC 9701), by a key of its key set and an algorithm of its metadata
   * (`introspection_signing_alg_values_supported`, else RS256). Plain ones are then an outage. @defaultValue false
   */
  readonly signed?: boolean | undefined
  /** `all`: JWTs of the issuer are asked about too, instead of verified here. @defaultValue 'opaque' */
  readonly tokens?: 'opaque' | 'all' | undefined
  /**
   * `accept`: the endpoint answers about tokens for this API only, so that an answer without `aud` is good.
   * @defaultValue 'refuse'
   */
  readonly missingAudience?: 'refuse' | 'accept' | undefined
  /** How long a request waits for the endpoint at most, body included: up to 60. @defaultValue 5 */
  readonly timeout?: number | undefined
  /**
   * How long an answer is used, and never beyond `exp`: so long may a revoked token be accepted. Up to 3,600; 0 for not at
   * all. That a token is not active is remembered for five seconds at most. @defaultValue 60
   */
  readonly cache?: number | undefined
}

/** {@link IntrospectionOptions}, checked and defaulted, without what proves who this API is. */
export interface Settings {
  readonly issuer: string | undefined
  readonly endpoint: string | undefined
  readonly clientId: string
  readonly signed: boolean
  readonly tokens: 'opaque' | 'all'
  readonly missingAudience: 'refuse' | 'accept'
  readonly timeout: number
  readonly cache: number
}

const NAMES = [
  'issuer',
  'endpoint',
  'clientId',
  'clientSecret',
  'privateKey',
  'authentication',
  'signed',
  'tokens',
  'missingAudience',
  'timeout',
  'cache',
]

/** @throws {TypeError} that names the option and what is wanted */
export function resolveOptions(options: IntrospectionOptions): Settings {
  if (typeof options !== 'object' || options === null) throw wrong('options', 'an object')
  // An option with a misspelt name would be dropped silently.
  const unknown = Object.keys(options).find((name) => !NAMES.includes(name))
  if (unknown !== undefined) throw new TypeError(`introspection: unknown option, want one of ${NAMES.join(', ')}`)
  const { issuer, endpoint, clientId, signed = false, tokens = 'opaque', missingAudience = 'refuse' } = options
  const { timeout = 5, cache = 60 } = options
  if (issuer !== undefined && !isSafeUrl(issuer)) throw wrong('issuer', 'https, or http on a loopback host')
  if (endpoint !== undefined && !isSafeUrl(endpoint)) throw wrong('endpoint', 'https, or http on a loopback host')
  if (typeof clientId !== 'string' || clientId === '') throw wrong('clientId', 'text')
  if (typeof signed !== 'boolean') throw wrong('signed', 'true or false')
  if (tokens !== 'opaque' && tokens !== 'all') throw wrong('tokens', "'opaque' or 'all'")
  if (missingAudience !== 'refuse' && missingAudience !== 'accept') throw wrong('missingAudience', "'refuse', 'accept'")
  if (!isSeconds(timeout, 60) || timeout === 0) throw wrong('timeout', 'seconds, more than 0 and at most 60')
  if (!isSeconds(cache, 3600)) throw wrong('cache', 'seconds, from 0 to 3600')
  return { issuer, endpoint, clientId, signed, tokens, missingAudience, timeout, cache }
}

function isSeconds(value: unknown, most: number): boolean {
  return typeof value === 'number' && value >= 0 && value <= most
}

/** What was given is never shown: a secret may stand in the wrong place. */
export function wrong(name: string, wanted: string): TypeError {
  return new TypeError(`introspection: ${name}: want ${wanted}`)
}

const LOOPBACK = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/

/** https, or http that does not leave the machine (RFC 8252 §8.3); without userinfo and fragment. */
export function isSafeUrl(text: unknown): text is string {
  if (typeof text !== 'string' || !URL.canParse(text)) return false
  const { protocol, username, password, hash } = new URL(text)
  if (username !== '' || password !== '' || hash !== '') return false
  return protocol === 'https:' || isLoopback(text)
}

/** Whether a URL is http on a loopback host. */
export function isLoopback(text: string): boolean {
  const { protocol, hostname } = new URL(text)
  return protocol === 'http:' && LOOPBACK.test(hostname)
}
