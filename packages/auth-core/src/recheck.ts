import { verifyAccessToken } from './access-token/access-token.js'
import type { AccessTokenPolicy } from './access-token/access-token.js'
import { requireTime } from './access-token/claims.js'
import type { AuthContext } from './outcome/auth-context.js'
import { rejectWithErrors } from './outcome/fault.js'

/**
 * Whether an accepted token may still be used (RFC 9068 §4). Of a JWT its signature is not looked at again, which does not
 * change; of an opaque one the issuer is asked again.
 *
 * @throws {AuthError} where it may not
 */
export function recheck(auth: AuthContext, policy: AccessTokenPolicy): Promise<void> {
  return rejectWithErrors(async () => {
    const { now, clockTolerance, maxTokenAge, revocation, opaque } = policy
    if (opaque?.takes(auth.token) === true) return reverify(auth, policy)
    requireTime(auth.claims, { now: now(), clockTolerance, maxTokenAge })
    const revoked = await revocation?.check(auth)
    if (revoked !== undefined) throw revoked
  })
}

/** The same with everything, the issuer's keys included. @throws {AuthError} where it may not be used */
export async function reverify({ token }: AuthContext, policy: AccessTokenPolicy): Promise<void> {
  await verifyAccessToken({ token, digest: undefined }, policy)
}
