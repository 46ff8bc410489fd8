import type { AuthErrorReason } from '../outcome/errors.js'
import type { CheckRow } from './check.js'
import { CLAIM_CHECKS } from './claim-checks.js'
import { CREDENTIAL_CHECKS } from './credential-checks.js'
import { PROOF_CHECKS } from './proof-checks.js'
import { REQUIREMENT_CHECKS } from './requirement-checks.js'
import { TOKEN_CHECKS } from './token-checks.js'

/** Every check, in the order in which a decision makes them. */
export const CHECKS: readonly CheckRow[] = [
  ...CREDENTIAL_CHECKS,
  ...TOKEN_CHECKS,
  ...CLAIM_CHECKS,
  ...PROOF_CHECKS,
  ...REQUIREMENT_CHECKS,
]

/** The check that refused. Of those with the same reason, the one that says so in the way that the detail begins. */
export function failedCheck(reason: AuthErrorReason, detail = '', isOpaque = false): CheckRow | undefined {
  const rows = CHECKS.filter(({ reasons }) => reasons[reason] !== undefined)
  const told = rows.find((row) => row.detail?.test(detail) === true)
  if (told !== undefined) return told
  const asked = reason === 'issuer_unavailable' || reason === 'issuer_timeout'
  if (asked) return rows.find(({ check }) => check === (isOpaque ? 'introspection' : 'key'))
  return rows.find((row) => row.detail === undefined) ?? rows[0]
}
