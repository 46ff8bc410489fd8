import { sha256 } from '#crypto'

import { verifyAccessToken } from './access-token/access-token.js'
import type { VerifiedAccessToken } from './access-token/access-token.js'
import type { RememberedToken } from './access-token/token-cache.js'
import { createAuthContext } from './auth-context.js'
import type { AuthContext } from './auth-context.js'
import { refuseScheme, requireBinding } from './binding.js'
import { renderRefusal } from './challenge.js'
import type { ChallengePolicy } from './challenge.js'
import type { JsonObject } from './compact-jws.js'
import { readCredentials, sentCredentials, sentScheme } from './credentials.js'
import type { Credentials } from './credentials.js'
import { verifyProof } from './dpop/proof.js'
import type { KnownProofKey, VerifiedProof } from './dpop/proof.js'
import { isAuthError } from './errors.js'
import type { AuthError, AuthScheme } from './errors.js'
import { emit, emitDecision } from './events.js'
import type { KeysEvent } from './events.js'
import type { IssuerStatus } from './issuer/key-set-types.js'
import { createTrustedIssuers } from './issuer/trusted-issuers.js'
import { createLruMap } from './lru.js'
import { resolveOptions } from './options.js'
import type { AuthOptions } from './options.js'
import { givenUrl, publicUrl } from './public-url.js'
import type { PublicUrl } from './public-url.js'
import { checkRequirements, optional, requirements } from './requirements.js'
import type { RequirementArguments, Requirements } from './requirements.js'
import { correlationId, headerValues } from './resource-request.js'
import type { ResourceRequest } from './resource-request.js'
import { configurationError } from './settings.js'

/** A request that is let through. `auth` is null when it came without credentials and they are optional. */
export interface Accepted {
  readonly ok: true
  readonly auth: AuthContext | null
}

/** A request that is refused, with the whole response to refuse it with. */
export interface Refused {
  readonly ok: false
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly error: AuthError
}

/** A DPoP proof, and what it must be for. */
export interface ProofToVerify {
  /** The value of the DPoP header. */
  readonly proof: string
  readonly method: string
  /** The URL that the client addressed. */
  readonly url: string
  readonly accessToken: string
  /** `cnf.jkt` of the access token. */
  readonly thumbprint: string
}

/** Verifies requests to a protected API. Made once, used for all of its requests. */
export interface ResourceServer {
  /**
   * Requirements of a route, from the arguments of `requireAuth`.
   * @throws {TypeError} when they are not of their form, or contradict the options
   */
  require(...args: RequirementArguments): Requirements
  /** Lets requests without credentials pass; bad credentials are refused all the same. */
  optional(): Requirements
  /**
   * Decides on a request. A request that was verified before, by another guard, is only held against the requirements.
   * Rejects for faults only, never for anything that a client sends.
   */
  authenticate(request: ResourceRequest, wanted?: Requirements): Promise<Accepted | Refused>
  /** The same, throwing what `authenticate` answers. @throws {AuthError} with status, headers and body */
  verifyRequest(request: ResourceRequest, wanted?: Requirements): Promise<AuthContext | null>
  /**
   * Verifies a token alone. This does NOT check that whoever sent it holds the key that it is bound to.
   * @throws {AuthError} `token_invalid`, `token_expired`, `issuer_unavailable`, `issuer_timeout`
   */
  verifyAccessToken(token: string): Promise<VerifiedAccessToken>
  /**
   * Verifies a proof alone, replay included. This does NOT verify the access token.
   * @throws {AuthError} `proof_*`, `key_mismatch`, `replay_unavailable`
   */
  verifyDpopProof(proof: ProofToVerify): Promise<VerifiedProof>
  /** Fetches the keys of the listed issuers, for readiness checks. @throws {AuthError} when one cannot be reached */
  preload(): Promise<void>
  /** What is known of each issuer's keys, without fetching anything: for readiness endpoints. */
  issuerStatus(): readonly IssuerStatus[]
  /** Has the keys of an issuer, or of all, fetched anew by the next request, and tokens verified anew. */
  invalidate(issuer?: string): void
}

/** What tests set. */
export interface Runtime {
  /** Seconds since the epoch. */
  readonly now?: () => number
}

// Distinct headers of an issuer's tokens, and of clients' proofs: a few per issuer, one per client.
const KNOWN_HEADERS = 200
const KNOWN_PROOF_KEYS = 10_000

/** @throws {TypeError} that names the option, what was given and what is wanted */
export function createResourceServer(options: AuthOptions, runtime: Runtime = {}): ResourceServer {
  const now = runtime.now ?? (() => Date.now() / 1000)
  const settings = resolveOptions(options, now)
  const { clockTolerance, dpop } = settings
  const { signatures, onEvent, fetch } = settings
  const report = (event: KeysEvent): void => emit(onEvent, event)
  const issuers = createTrustedIssuers(settings.issuers, { ...settings.keys, fetch, now, report })
  const tokenPolicy = {
    issuers,
    tokenProfile: settings.tokenProfile,
    clockTolerance,
    now,
    signatures,
    headers: createLruMap<JsonObject>(KNOWN_HEADERS),
    cache: settings.tokenCache === 0 ? undefined : createLruMap<RememberedToken>(settings.tokenCache),
  }
  const proofPolicy = { ...dpop, now, signatures, keys: createLruMap<KnownProofKey>(KNOWN_PROOF_KEYS) }
  const policy = { realm: settings.realm, schemes: settings.schemes, dpopAlgorithms: dpop.algorithms }
  const dpopPolicy: ChallengePolicy = { ...policy, schemes: ['DPoP'] }
  const anyToken = requirements()
  const memo: unique symbol = Symbol('@acme/auth-core.verification')

  async function authenticate(request: ResourceRequest, wanted: Requirements = anyToken): Promise<Accepted | Refused> {
    const schemes = acceptedSchemes(wanted)
    const started = onEvent === undefined ? 0 : performance.now()
    let auth: AuthContext | undefined
    try {
      auth = await verifyOnce(request, schemes)
      checkRequirements(auth, wanted, now(), clockTolerance)
      if (onEvent !== undefined) {
        emitDecision(onEvent, { outcome: 'accepted', correlationId: correlationId(request), started, auth })
      }
      return { ok: true, auth }
    } catch (error) {
      // A fault or a bug: the framework's to report, and never a 401.
      if (!isAuthError(error)) throw error
      const id = correlationId(request)
      const anonymous = wanted.optional && error.reason === 'credentials_missing' && !sentCredentials(request)
      if (anonymous) {
        if (onEvent !== undefined) emitDecision(onEvent, { outcome: 'anonymous', correlationId: id, started })
        return { ok: true, auth: null }
      }
      error.scheme ??= sentScheme(request)
      error.correlationId = id
      const response = renderRefusal(error, wanted.dpopRequired ? dpopPolicy : policy)
      if (onEvent !== undefined) emitDecision(onEvent, { outcome: 'refused', correlationId: id, started, auth, error })
      return { ok: false, ...response, error }
    }
  }

  function acceptedSchemes({ dpopRequired }: Requirements): readonly AuthScheme[] {
    if (!dpopRequired) return settings.schemes
    if (dpop.mode !== 'disabled') return dpopPolicy.schemes
    throw configurationError('dpop', 'required', "dpop.mode 'allowed' or 'required' when a route requires DPoP")
  }

  /** Once per request: a second guard must not take the request's own proof for a replay. */
  function verifyOnce(request: ResourceRequest, schemes: readonly AuthScheme[]): Promise<AuthContext> {
    const credentials = readCredentials(request)
    if (!schemes.includes(credentials.scheme)) throw refuseScheme(credentials)
    // On the request itself: a WeakMap with an entry for each request costs more than all the rest of a remembered token.
    const identity: { [memo]?: Promise<AuthContext> } = request.identity
    const before = identity[memo]
    if (before !== undefined) return before
    const verification = verify(request, credentials)
    // Not enumerable: printing the request does not print who sent it.
    Object.defineProperty(identity, memo, { value: verification })
    return verification
  }

  /** The pipeline: token, binding, proof. */
  async function verify(request: ResourceRequest, { scheme, token }: Credentials): Promise<AuthContext> {
    const hashed = sha256(token)
    const tokenHash = typeof hashed === 'string' ? hashed : await hashed
    const accessToken = await verifyAccessToken(token, tokenHash, tokenPolicy)
    const proofs = headerValues(request, 'dpop')
    const thumbprint = requireBinding(accessToken.claims, scheme, proofs.length > 0)
    if (thumbprint !== undefined) {
      const url = (): PublicUrl => publicUrl(request, settings.publicOrigins)
      await verifyProof(proofs, { method: request.method, url, tokenHash, thumbprint }, proofPolicy)
    }
    return createAuthContext(accessToken, { scheme, token, thumbprint })
  }

  return {
    require(...args) {
      const wanted = requirements(...args)
      acceptedSchemes(wanted)
      return wanted
    },
    optional,
    authenticate,
    async verifyRequest(request, wanted) {
      const outcome = await authenticate(request, wanted)
      if (!outcome.ok) throw outcome.error
      return outcome.auth
    },
    async verifyAccessToken(token) {
      return verifyAccessToken(token, await sha256(token), tokenPolicy)
    },
    async verifyDpopProof({ proof, method, url, accessToken, thumbprint }) {
      const given = givenUrl(url)
      const tokenHash = await sha256(accessToken)
      return verifyProof([proof], { method, url: () => given, tokenHash, thumbprint }, proofPolicy)
    },
    preload: () => issuers.preload(),
    issuerStatus: () => issuers.status(),
    invalidate: (issuer) => issuers.invalidate(issuer),
  }
}
