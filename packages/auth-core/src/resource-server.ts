import { verifyAccessToken } from './access-token/access-token.js'
import type { VerifiedAccessToken } from './access-token/access-token.js'
import { createAuthContext } from './auth-context.js'
import type { AuthContext } from './auth-context.js'
import { refuseScheme, requireBinding } from './binding.js'
import { renderRefusal } from './challenge.js'
import { readCredentials, sentCredentials } from './credentials.js'
import type { Credentials } from './credentials.js'
import { verifyProof } from './dpop/proof.js'
import type { VerifiedProof } from './dpop/proof.js'
import { isAuthError, sentAs } from './errors.js'
import type { AuthError, AuthScheme } from './errors.js'
import { startDecision } from './events.js'
import { createTrustedIssuers } from './issuer/trusted-issuers.js'
import { resolveOptions } from './options.js'
import type { AuthOptions } from './options.js'
import { givenUrl, publicUrl } from './public-url.js'
import type { PublicUrl } from './public-url.js'
import { checkRequirements, optional, requirements } from './requirements.js'
import type { RequirementArguments, Requirements } from './requirements.js'
import { headerValues } from './resource-request.js'
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
}

/** What tests set. */
export interface Runtime {
  /** Seconds since the epoch. */
  readonly now?: () => number
}

/** @throws {TypeError} that names the option, what was given and what is wanted */
export function createResourceServer(options: AuthOptions, runtime: Runtime = {}): ResourceServer {
  const now = runtime.now ?? (() => Date.now() / 1000)
  const settings = resolveOptions(options, now)
  const { clockTolerance, dpop } = settings
  const issuers = createTrustedIssuers(settings.issuers, { ...settings.keys, fetch: settings.fetch, now })
  const tokenPolicy = { issuers, tokenProfile: settings.tokenProfile, clockTolerance, now }
  const proofPolicy = { ...dpop, now }
  const anyToken = requirements()
  const verified = new WeakMap<object, Promise<AuthContext>>()

  async function authenticate(request: ResourceRequest, wanted: Requirements = anyToken): Promise<Accepted | Refused> {
    const schemes = acceptedSchemes(wanted)
    const decision = startDecision(request, settings.onEvent)
    let auth: AuthContext | undefined
    try {
      auth = await verifyOnce(request, schemes)
      checkRequirements(auth, wanted, { now: now(), clockTolerance })
      decision.accepted(auth)
      return { ok: true, auth }
    } catch (error) {
      // A fault or a bug: the framework's to report, and never a 401.
      if (!isAuthError(error)) throw error
      if (wanted.optional && error.reason === 'credentials_missing' && !sentCredentials(request)) {
        decision.anonymous()
        return { ok: true, auth: null }
      }
      error.correlationId = decision.correlationId
      const response = renderRefusal(error, { realm: settings.realm, schemes, dpopAlgorithms: dpop.algorithms })
      decision.refused(error, auth)
      return { ok: false, ...response, error }
    }
  }

  function acceptedSchemes({ dpopRequired }: Requirements): readonly AuthScheme[] {
    if (!dpopRequired) return settings.schemes
    if (dpop.mode !== 'disabled') return ['DPoP']
    throw configurationError('dpop', 'required', "dpop.mode 'allowed' or 'required' when a route requires DPoP")
  }

  /** Once per request: a second guard must not take the request's own proof for a replay. */
  async function verifyOnce(request: ResourceRequest, schemes: readonly AuthScheme[]): Promise<AuthContext> {
    const credentials = readCredentials(request)
    if (!schemes.includes(credentials.scheme)) throw refuseScheme(credentials)
    const verification = verified.get(request.identity) ?? verify(request, credentials)
    verified.set(request.identity, verification)
    return verification.catch((error: unknown) => {
      throw isAuthError(error) ? sentAs(error, credentials.scheme) : error
    })
  }

  /** The pipeline: token, binding, proof. */
  async function verify(request: ResourceRequest, { scheme, token }: Credentials): Promise<AuthContext> {
    const { claims } = await verifyAccessToken(token, tokenPolicy)
    const proofs = headerValues(request, 'dpop')
    const thumbprint = requireBinding(claims, scheme, proofs.length > 0)
    if (thumbprint !== undefined) {
      const url = (): PublicUrl => publicUrl(request, settings.publicOrigins)
      await verifyProof(proofs, { method: request.method, url, accessToken: token, thumbprint }, proofPolicy)
    }
    return createAuthContext(claims, { scheme, token, thumbprint })
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
    verifyAccessToken: (token) => verifyAccessToken(token, tokenPolicy),
    async verifyDpopProof({ proof, url, ...target }) {
      const given = givenUrl(url)
      return verifyProof([proof], { ...target, url: () => given }, proofPolicy)
    },
    preload: () => issuers.preload(),
  }
}
