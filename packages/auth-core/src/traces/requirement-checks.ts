import { ADVICE } from '../outcome/advice.js'
import { always, onlyFailed } from './check.js'
import type { CheckRow } from './check.js'
import type { Facts } from './facts.js'
import { stated } from '../util/quote.js'
import type { AuthErrorReason } from '../outcome/errors.js'

const CLAIMS: Partial<Readonly<Record<AuthErrorReason, string>>> = {
  scope_missing: 'scope',
  permission_missing: 'permissions',
}

/** Where the token itself is known. Issuers may name the claim in their own way, which the claim's own name tells. */
function has({ token: { payload } }: Facts, reason: AuthErrorReason): string | undefined {
  const name = CLAIMS[reason]
  return name === undefined || Object.keys(payload).length === 0 ? undefined : stated(name, payload[name])
}

/** After the token and its proof: what the route asks for. */
export const REQUIREMENT_CHECKS: readonly CheckRow[] = [
  {
    check: 'renewed caller',
    clause: 'house rule',
    setting: '',
    expected: 'the caller who opened the connection',
    reasons: { renewal_mismatch: 'renew with a token of the same user, client and key, or connect anew' },
    when: onlyFailed,
  },
  {
    check: 'requirements',
    clause: 'RFC 6750 §3.1, RFC 9470 §3',
    setting: 'requireAuth',
    expected: 'what the route requires',
    reasons: {
      scope_missing: 'the client requests the scope of the challenge anew, and the user or administrator grants it',
      permission_missing: 'grant the permission at the issuer; in Auth0, with RBAC and "add permissions" on',
      role_missing: 'grant the role at the issuer, and have it put into access tokens',
      claim_missing: 'have the issuer put the claim into access tokens',
      client_required: 'use a token of the client credentials grant',
      authorization_details_missing: 'ask the issuer for these authorization_details',
      actor_missing: 'use a token whose act names an accepted actor',
      access_denied: 'the policy of the route says no to this caller: see its authorize, or not',
      login_insufficient: 'log in again with acr_values and max_age of the challenge',
      policy_unavailable: 'see the function authorize, and the policy engine that it asks',
      dpop_required: ADVICE.dpop_required,
    },
    when: always,
    seen: ({ token }) => token.payload['scope'],
    has,
  },
]
