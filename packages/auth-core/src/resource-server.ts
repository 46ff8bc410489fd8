import { sha256 } from '#crypto'

import { verifyAccessToken } from './access-token/access-token.js'
import { createTokenCache } from './access-token/token-cache.js'
import { createAuthContext } from './auth-context.js'
import type { AuthContext } from './auth-context.js'
import { refuseScheme, requireBinding } from './binding.js'
import { renderRefusal } from './challenge.js'
import type { ChallengePolicy } from './challenge.js'
import type { JsonObject } from './compact-jws.js'
import { readCredentials, sentCredentials, sentScheme } from './credentials.js'
import type { Credentials } from './credentials.js'
import { createNonces, nonceHeaders } from './dpop/nonce.js'
import { verifyProof } from './dpop/proof.js'
import type { KnownProofKey } from './dpop/proof.js'
import { isAuthError } from './errors.js'
import type { AuthScheme } from './errors.js'
import { emit, emitDecision } from './events.js'
import type { KeysEvent } from './events.js'
import { createTrustedIssuers } from './issuer/trusted-issuers.js'
import { createLruMap } from './lru.js'
import { resolveOptions } from './options.js'
import type { AuthOptions } from './options.js'
import { createPublicUrl, givenUrl } from './public-url.js'
import { checkRequirements, optional, requirements } from './requirements.js'
import type { Requirements } from './requirements.js'
import { correlationId, headerValues } from './resource-request.js'
import type { ResourceRequest } from './resource-request.js'
import type { Accepted, Refused, ResourceServer } from './resource-server-types.js'
import { configurationError } from './settings.js'

/** What tests set. */
export interface Runtime {
  /** Seconds since the epoch. */
  readonly now?: () => number
}

// Distinct headers of an issuer's tokens, and of clients' proofs: a few per issuer, one per client.
const KNOWN_HEADERS = 200
const KNOWN_PROOF_KEYS = 10_000

/** The caller of a request, and what the answer carries beside the handler's own. */
interface Verified {
  readonly auth: AuthContext
  readonly headers: Accepted['headers']
}

const NO_HEADERS: Accepted['headers'] = Object.freeze({})

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
    cache: settings.tokenCache === 0 ? undefined : createTokenCache(settings.tokenCache),
  }
  const nonces = dpop.nonce && createNonces(dpop.nonce, now)
  const proofPolicy = {
    ...dpop,
    nonces,
    now,
    signatures,
    publicUrl: createPublicUrl(settings.publicOrigins, onEvent),
    keys: createLruMap<KnownProofKey>(KNOWN_PROOF_KEYS),
  }
  const policy = { realm: settings.realm, schemes: settings.schemes, dpopAlgorithms: dpop.algorithms }
  const dpopPolicy: ChallengePolicy = { ...policy, schemes: ['DPoP'] }
  const anyToken = requirements()
  const memo: unique symbol = Symbol('@acme/auth-core.verification')

  async function authenticate(request: ResourceRequest, wanted: Requirements = anyToken): Promise<Accepted | Refused> {
    const schemes = acceptedSchemes(wanted)
    const started = onEvent === undefined ? 0 : performance.now()
    let auth: AuthContext | undefined
    try {
      const verified = await verifyOnce(request, schemes)
      auth = verified.auth
      checkRequirements(auth, wanted, now(), clockTolerance)
      if (onEvent !== undefined) {
        emitDecision(onEvent, { outcome: 'accepted', correlationId: correlationId(request), started, auth })
      }
      return { ok: true, auth, headers: verified.headers }
    } catch (error) {
      // A fault or a bug: the framework's to report, and never a 401.
      if (!isAuthError(error)) throw error
      const id = correlationId(request)
      const anonymous = wanted.optional && error.reason === 'credentials_missing' && !sentCredentials(request)
      if (anonymous) {
        if (onEvent !== undefined) emitDecision(onEvent, { outcome: 'anonymous', correlationId: id, started })
        return { ok: true, auth: null, headers: NO_HEADERS }
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
  function verifyOnce(request: ResourceRequest, schemes: readonly AuthScheme[]): Promise<Verified> {
    const credentials = readCredentials(request)
    if (!schemes.includes(credentials.scheme)) throw refuseScheme(credentials)
    // On the request itself: a WeakMap with an entry for each request costs more than all the rest of a remembered token.
    const identity: { [memo]?: Promise<Verified> } = request.identity
    const before = identity[memo]
    if (before !== undefined) return before
    const verification = verify(request, credentials)
    // Not enumerable: printing the request does not print who sent it.
    Object.defineProperty(identity, memo, { value: verification })
    return verification
  }

  /** The pipeline: token, binding, proof. */
  async function verify(request: ResourceRequest, { scheme, token }: Credentials): Promise<Verified> {
    const hashed = sha256(token)
    const tokenHash = typeof hashed === 'string' ? hashed : await hashed
    const verified = verifyAccessToken(token, tokenHash, tokenPolicy)
    const accessToken = verified instanceof Promise ? await verified : verified
    const proofs = headerValues(request, 'dpop')
    const thumbprint = requireBinding(accessToken.claims, scheme, proofs.length > 0)
    const auth = createAuthContext(accessToken, { scheme, token, thumbprint })
    if (thumbprint === undefined) return { auth, headers: NO_HEADERS }
    const target = { method: request.method, request, tokenHash, thumbprint }
    const { nextNonce } = await verifyProof(proofs, target, proofPolicy)
    return { auth, headers: nextNonce === undefined ? NO_HEADERS : nonceHeaders(nextNonce) }
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
      return verifyProof([proof], { method, url: given, tokenHash, thumbprint }, proofPolicy)
    },
    preload: () => issuers.preload(),
    issuerStatus: () => issuers.status(),
    invalidate: (issuer) => issuers.invalidate(issuer),
  }
}
