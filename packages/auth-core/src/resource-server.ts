import { createTokenCache } from './access-token/token-cache.js'
import type { AuthContext } from './outcome/auth-context.js'
import { renderRefusal } from './outcome/challenge.js'
import type { ChallengePolicy } from './outcome/challenge.js'
import type { JsonObject } from './crypto/compact-jws.js'
import { sentCredentials, sentScheme } from './request/credentials.js'
import { authenticate, NO_HEADERS } from './decide.js'
import type { DecisionPolicy } from './decide.js'
import { directVerification } from './direct-verification.js'
import { createNonces } from './dpop/nonce.js'
import { PROOF_KEYS_ROOM } from './dpop/proof-key.js'
import type { KnownProofKey } from './dpop/proof-key.js'
import { warnOfSmallStore } from './dpop/replay/replay-size-warning.js'
import type { ReplayStore } from './dpop/replay/replay-store.js'
import { isAuthError } from './outcome/errors.js'
import type { AuthScheme } from './outcome/errors.js'
import { emit, emitDecision, warn } from './outcome/events.js'
import { asFault } from './outcome/fault.js'
import { issuerControl } from './issuer/issuer-control.js'
import { createTrustedIssuers } from './issuer/trusted-issuers.js'
import { createLruMap } from './util/lru.js'
import { countResourceServer } from './many-servers.js'
import { resolveOptions } from './options/options.js'
import type { AuthOptions } from './options/options.js'
import { createPublicUrl } from './public-url/public-url.js'
import { createRequestMemo } from './request/request-memo.js'
import { checkRequirements } from './authorization/check-requirements.js'
import { optional, requirements } from './authorization/requirements.js'
import type { Requirements } from './authorization/requirements.js'
import { correlationId } from './request/resource-request.js'
import type { ResourceRequest } from './request/resource-request.js'
import type { Accepted, Refused, ResourceServer } from './resource-server-types.js'
import { configurationError } from './options/option-checks.js'

/** What an adapter, or a test, gives beside the options. */
export interface Runtime {
  /** Seconds since the epoch. @defaultValue the system clock */
  readonly now?: () => number
  /** Where the options name no store: one that several resource servers share. @defaultValue a store in memory */
  readonly replay?: ReplayStore
}

// Distinct headers of an issuer's tokens, and of clients' proofs: a few per issuer, one per client.
const KNOWN_HEADERS = 200
const KNOWN_PROOF_KEYS = 10_000

/** @throws {TypeError} that names the option, what was given and what is wanted */
export function createResourceServer(options: AuthOptions, runtime: Runtime = {}): ResourceServer {
  const now = runtime.now ?? (() => Date.now() / 1000)
  const settings = resolveOptions(options, now, runtime.replay)
  const { clockTolerance, dpop } = settings
  const { signatures, onEvent, fetch } = settings
  countResourceServer(onEvent)
  const issuers = createTrustedIssuers(settings.issuers, {
    ...settings.keys,
    fetch,
    now,
    report: (event) => emit(onEvent, event),
    warn: (event) => warn(event, onEvent),
  })
  const tokenPolicy = {
    issuers,
    tokenProfile: settings.tokenProfile,
    clockTolerance,
    now,
    signatures,
    headers: createLruMap<JsonObject>(KNOWN_HEADERS),
    cache: settings.tokenCache === 0 ? undefined : createTokenCache(settings.tokenCache),
  }
  if (dpop.mode !== 'disabled' && options.dpop?.replay === undefined) warnOfSmallStore(dpop, onEvent)
  const nonces = dpop.nonce && createNonces(dpop.nonce, now)
  const proofPolicy = {
    ...dpop,
    nonces,
    now,
    signatures,
    publicUrl: createPublicUrl(settings.publicOrigins, onEvent, settings.publicUrl),
    keys: createLruMap<KnownProofKey>(KNOWN_PROOF_KEYS, PROOF_KEYS_ROOM),
  }
  const decisions: DecisionPolicy = { token: tokenPolicy, proof: proofPolicy, verifications: createRequestMemo() }
  const policy = { realm: settings.realm, schemes: settings.schemes, dpopAlgorithms: dpop.algorithms }
  const dpopPolicy: ChallengePolicy = { ...policy, schemes: ['DPoP'] }
  const anyToken = requirements()

  async function decide(request: ResourceRequest, wanted: Requirements = anyToken): Promise<Accepted | Refused> {
    const started = onEvent === undefined ? 0 : performance.now()
    let auth: AuthContext | undefined
    try {
      const authenticated = await authenticate(request, acceptedSchemes(wanted), decisions)
      auth = authenticated.auth
      checkRequirements(auth, wanted, now(), clockTolerance)
      if (onEvent !== undefined) {
        emitDecision(onEvent, { outcome: 'accepted', correlationId: correlationId(request), started, auth })
      }
      return { ok: true, auth, headers: authenticated.headers }
    } catch (error) {
      // A fault or a bug: the framework's to report. Always an Error, never a 401 and never a pass.
      if (!isAuthError(error)) throw asFault(error)
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

  return {
    require(...args) {
      const wanted = requirements(...args)
      acceptedSchemes(wanted)
      return wanted
    },
    optional,
    authenticate: decide,
    async verifyRequest(request, wanted) {
      const outcome = await decide(request, wanted)
      if (!outcome.ok) throw outcome.error
      return outcome.auth
    },
    ...directVerification(decisions),
    ...issuerControl(issuers),
  }
}
