import type { AccessTokenPolicy } from './access-token/access-token.js'
import { requireTime } from './access-token/claims.js'
import type { AuthContext } from './outcome/auth-context.js'
import { rejectWithErrors } from './outcome/fault.js'

type Policy = Pick<AccessTokenPolicy, 'now' | 'clockTolerance' | 'maxTokenAge' | 'revocation'>

/** Whether an accepted token may still be used (RFC 9068 §4): not its signature, which does not change. */
export function recheck(policy: Policy): (auth: AuthContext) => Promise<void> {
  return (auth) =>
    rejectWithErrors(async () => {
      const { now, clockTolerance, maxTokenAge, revocation } = policy
      requireTime(auth.claims, { now: now(), clockTolerance, maxTokenAge })
      const revoked = await revocation?.check(auth)
      if (revoked !== undefined) throw revoked
    })
}
