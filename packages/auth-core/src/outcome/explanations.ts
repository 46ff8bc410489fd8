import type { JsonObject } from '../crypto/compact-jws.js'
import type { KeySet } from '../issuer/key-set-types.js'
import type { TrustedIssuers } from '../issuer/trusted-issuers-types.js'
import type { ResourceRequest } from '../request/resource-request.js'
import type { Requirements } from '../authorization/requirement-types.js'
import type { AuthContext } from './auth-context.js'
import type { AuthError } from './errors.js'

/**
 * What the details of refusals say beside what was wrong: the mistake that is likely behind it, and what mends it. Asked
 * only while a request is refused, and never a reason to refuse. Those about tokens answer text to go on with, or none.
 */
export interface Explanations {
  /** Of a token that is no JWT. */
  readonly form: (token: string, issuers: TrustedIssuers) => string
  /** Of an `iss` that is no trusted issuer. */
  readonly issuer: (iss: unknown, issuers: TrustedIssuers) => string
  /** Of a key that the issuer does not have. */
  readonly key: (keySet: KeySet) => string
  /** Of a verified token whose `aud` is not accepted. */
  readonly audience: (claims: JsonObject, accepted: readonly string[]) => string
  /** Of a requirement that a token does not meet: adds to the detail. */
  readonly unmet: (refused: AuthError, auth: AuthContext, wanted: Requirements) => void
  /** Of any refusal, before anybody is told: adds to the detail. */
  readonly advise: (refused: AuthError, request: ResourceRequest) => void
}
