import { authorizationDetailsOf } from '../authorization/authorization-details.js'
import type { AuthorizationDetail } from '../authorization/authorization-details.js'
import { delegationShown } from '../authorization/delegation.js'
import type { Actor } from '../authorization/delegation.js'
import { DEFAULT_SHAPE } from '../access-token/claim-mapping.js'
import { verifiedAccessToken } from '../access-token/verified-access-token.js'
import type { VerifiedAccessToken } from '../access-token/verified-access-token.js'
import type { AccessTokenClaims } from '../access-token/claims.js'
import type { JsonObject } from '../crypto/compact-jws.js'
import { keepShape } from '../util/keep-shape.js'
import type { CallOnBehalf, OnBehalfOfRequest } from './on-behalf-of.js'
import type { AuthScheme } from './errors.js'

/** What a handler gets for a request whose access token was accepted. Frozen. */
export interface AuthContext {
  readonly scheme: AuthScheme
  readonly issuer: string
  /** The tenant that the request is for, with the option `tenants`; undefined without. */
  readonly tenant: string | undefined
  readonly subject: string | undefined
  /** `client_id` (RFC 9068 §2.2), or `azp` as Auth0 issues it; or where the issuer's `claims.clientId` says. */
  readonly clientId: string | undefined
  /** `scope`, or `scp`; or where the issuer's `claims.scopes` says. */
  readonly scopes: readonly string[]
  /** The `permissions` claim, as Auth0 issues it; or where the issuer's `claims.permissions` says. */
  readonly permissions: readonly string[]
  /** The `roles` claim (RFC 9068 §2.2.3.1); or where the issuer's `claims.roles` says. */
  readonly roles: readonly string[]
  /** Whether the client got the token for itself, by the issuer's `machine` mark; Auth0's `gty` by default. */
  readonly clientCredentials: boolean
  /** Who acts for the subject now: the `act` claim (RFC 8693 §4.1); undefined where the subject acts itself. */
  readonly actor: Actor | undefined
  /** The chain of actors, the current one first. Those before it inform, and count for no decision (RFC 8693 §4.1). */
  readonly delegation: readonly Actor[]
  /** The `authorization_details` of the token (RFC 9396 §9.1); none where there are none. */
  readonly authorizationDetails: readonly AuthorizationDetail[]
  /** When the token expires, in seconds since the epoch. */
  readonly expiresAt: number
  /** The thumbprint of the client's key, for a DPoP-bound token (RFC 9449 §6.1). */
  readonly thumbprint: string | undefined
  /** The thumbprint of the client's certificate, for a token that is bound to it (RFC 8705 §3.1). */
  readonly certificateThumbprint: string | undefined
  readonly claims: AccessTokenClaims
  /** The header of the token (RFC 7515 §4), such as its `kid`. Frozen, and not enumerable. */
  readonly header: JsonObject
  /**
   * A `fetch` that calls another service for this caller, with a token for that service (RFC 8693), by the option `onBehalfOf`.
   *
   * @throws {TypeError} without that option
   * @throws {AuthError} `scope_missing` for scopes that the caller's own token has not
   */
  onBehalfOf(request: OnBehalfOfRequest): typeof globalThis.fetch
  /** The token itself, for calling other services. Not enumerable, so that printing the context does not print it. */
  readonly token: string
}

/** How an access token came. */
interface Presented {
  readonly scheme: AuthScheme
  readonly token: string
  readonly thumbprint: string | undefined
  readonly certificateThumbprint?: string | undefined
  readonly tenant?: string | undefined
  readonly onBehalfOf?: CallOnBehalf | undefined
}

/** The context of an accepted token. */
export class TokenAuthContext implements AuthContext {
  declare readonly scheme: AuthScheme
  declare readonly issuer: string
  declare readonly tenant: string | undefined
  declare readonly subject: string | undefined
  declare readonly clientId: string | undefined
  declare readonly scopes: readonly string[]
  declare readonly permissions: readonly string[]
  declare readonly roles: readonly string[]
  declare readonly clientCredentials: boolean
  declare readonly expiresAt: number
  declare readonly thumbprint: string | undefined
  declare readonly certificateThumbprint: string | undefined
  declare readonly claims: AccessTokenClaims
  readonly #token: string
  readonly #header: JsonObject
  readonly #onBehalfOf: CallOnBehalf | undefined

  static {
    const verified = verifiedAccessToken({}, { iss: '', aud: '', exp: 0 }, DEFAULT_SHAPE)
    keepShape(new TokenAuthContext(verified, { scheme: 'Bearer', token: '', thumbprint: undefined }))
  }

  constructor(verified: VerifiedAccessToken, presented: Presented) {
    const { scheme, token, thumbprint, certificateThumbprint, tenant, onBehalfOf } = presented
    const { claims } = verified
    this.#token = token
    this.#onBehalfOf = onBehalfOf
    this.#header = verified.header
    this.scheme = scheme
    this.issuer = claims.iss
    this.tenant = tenant
    this.subject = claims.sub
    this.clientId = verified.clientId
    this.scopes = verified.scopes
    this.permissions = verified.permissions
    this.roles = verified.roles
    this.clientCredentials = verified.clientCredentials
    this.expiresAt = claims.exp
    this.thumbprint = thumbprint
    this.certificateThumbprint = certificateThumbprint
    this.claims = claims
    Object.freeze(this)
  }

  get actor(): Actor | undefined {
    return this.delegation[0]
  }

  get delegation(): readonly Actor[] {
    return delegationShown(this.claims)
  }

  get authorizationDetails(): readonly AuthorizationDetail[] {
    return authorizationDetailsOf(this.claims)
  }

  onBehalfOf(request: OnBehalfOfRequest): typeof globalThis.fetch {
    if (this.#onBehalfOf === undefined) throw new TypeError('onBehalfOf: the option of that name is not given')
    return this.#onBehalfOf(this, request)
  }

  get header(): JsonObject {
    return this.#header
  }

  get token(): string {
    return this.#token
  }
}
