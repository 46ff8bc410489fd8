import { sha256 } from '#crypto'

import { verifyAccessToken } from './access-token/access-token.js'
import { createTokenCache } from './access-token/token-cache.js'
import type { AuthContext } from './auth-context.js'
import { refuseScheme } from './binding.js'
import { renderRefusal } from './challenge.js'
import type { ChallengePolicy } from './challenge.js'
import { freezeJson } from './compact-jws.js'
import type { JsonObject } from './compact-jws.js'
import { readCredentials, sentCredentials, sentScheme } from './credentials.js'
import { createNonces } from './dpop/nonce.js'
import { verifyProof } from './dpop/proof.js'
import type { KnownProofKey } from './dpop/proof.js'
import { isAuthError } from './errors.js'
import type { AuthScheme } from './errors.js'
import { emit, emitDecision } from './events.js'
import type { KeysEvent } from './events.js'
import { createTrustedIssuers } from './issuer/trusted-issuers.js'
import { createLruMap } from './lru.js'
import type { MaybePromise } from './maybe-promise.js'
import { resolveOptions } from './options.js'
import type { AuthOptions } from './options.js'
import { NO_HEADERS, verifyCredentials } from './pipeline.js'
import type { Verified } from './pipeline.js'
import { createPublicUrl, givenUrl } from './public-url.js'
import { createRequestMemo } from './request-memo.js'
import { checkRequirements, optional, requirements } from './requirements.js'
import type { Requirements } from './requirements.js'
import { correlationId } from './resource-request.js'
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
  const pipeline = { token: tokenPolicy, proof: proofPolicy }
  const policy = { realm: settings.realm, schemes: settings.schemes, dpopAlgorithms: dpop.algorithms }
  const dpopPolicy: ChallengePolicy = { ...policy, schemes: ['DPoP'] }
  const anyToken = requirements()
  const verifications = createRequestMemo<MaybePromise<Verified>>()

  async function authenticate(request: ResourceRequest, wanted: Requirements = anyToken): Promise<Accepted | Refused> {
    const schemes = acceptedSchemes(wanted)
    const started = onEvent === undefined ? 0 : performance.now()
    let auth: AuthContext | undefined
    try {
      const found = verifyOnce(request, schemes)
      const verified = found instanceof Promise ? await found : found
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
      const { status, headers, body } = renderRefusal(error, wanted.dpopRequired ? dpopPolicy : policy)
      if (onEvent !== undefined) emitDecision(onEvent, { outcome: 'refused', correlationId: id, started, auth, error })
      return { ok: false, status, headers, body, error }
    }
  }

  function acceptedSchemes({ dpopRequired }: Requirements): readonly AuthScheme[] {
    if (!dpopRequired) return settings.schemes
    if (dpop.mode !== 'disabled') return dpopPolicy.schemes
    throw configurationError('dpop', 'required', "dpop.mode 'allowed' or 'required' when a route requires DPoP")
  }

  /** Once per request: a second guard must not take the request's own proof for a replay. */
  function verifyOnce(request: ResourceRequest, schemes: readonly AuthScheme[]): MaybePromise<Verified> {
    const credentials = readCredentials(request)
    if (!schemes.includes(credentials.scheme)) throw refuseScheme(credentials)
    const { identity } = request
    const before = verifications.get(identity)
    if (before !== undefined) return before
    const verification = verifyCredentials(request, credentials, pipeline)
    verifications.set(identity, verification)
    return verification
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
      return verifyAccessToken({ text: token, digest: undefined }, tokenPolicy)
    },
    async verifyDpopProof({ proof, method, url, accessToken, thumbprint }) {
      const given = givenUrl(url)
      const tokenHash = await sha256(accessToken)
      const proven = await verifyProof([proof], { method, url: given, tokenHash, thumbprint }, proofPolicy)
      return { ...proven, claims: freezeJson(proven.claims) }
    },
    preload: () => issuers.preload(),
    issuerStatus: () => issuers.status(),
    invalidate: (issuer) => issuers.invalidate(issuer),
  }
}
