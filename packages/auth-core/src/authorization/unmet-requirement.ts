import type { AuthContext } from '../outcome/auth-context.js'
import { refusal } from '../outcome/errors.js'
import type { AuthError } from '../outcome/errors.js'
import { isPending } from '../util/maybe-promise.js'
import type { MaybePromise } from '../util/maybe-promise.js'
import type { Judging, Unmet } from './demand.js'
import { demandsOf } from './requirements.js'
import type { Requirements } from './requirement-types.js'
import { unmetDemands } from './unmet-demands.js'

/**
 * What an accepted token does not meet of the requirements of a route, as one refusal for all of it; undefined when it meets
 * them. Pure, but for functions of the application, whose errors go through.
 *
 * @returns `dpop_required`, `login_insufficient`, `scope_missing`, `permission_missing`, `role_missing`, `claim_missing`,
 * `client_required`, `authorization_details_missing`, `actor_missing`, `access_denied`
 * @throws {AuthError} `policy_unavailable`
 */
export function unmetRequirement(
  auth: AuthContext,
  wanted: Requirements,
  judging: Judging,
): MaybePromise<AuthError | undefined> {
  if (wanted.anyToken) return undefined
  const { scheme } = auth
  if (wanted.dpopRequired && scheme !== 'DPoP') return refusal('dpop_required', 'required by this route', { scheme })
  const unmet = unmetDemands(demandsOf(wanted), auth, judging)
  return isPending(unmet) ? unmet.then((all) => refusalOf(all, auth, wanted)) : refusalOf(unmet, auth, wanted)
}

/**
 * One refusal for all that is unmet. What a client cannot mend comes first, and then the challenge asks for nothing: a wider
 * scope or a stronger login would be got in vain.
 */
function refusalOf(unmet: readonly Unmet[], { scheme }: AuthContext, wanted: Requirements): AuthError | undefined {
  const [first] = unmet
  if (first === undefined) return undefined
  const detail = unmet.map((one) => one.detail).join('; ')
  const hopeless = unmet.find(({ mend }) => mend === undefined)
  if (hopeless !== undefined) return refusal(hopeless.reason, detail, { scheme })
  // RFC 9470 §3: of both, the login is asked for by 401, and `scope` may stand beside it.
  const { reason } = unmet.find((one) => one.reason === 'login_insufficient') ?? first
  return refusal(reason, detail, {
    scheme,
    parameters: { ...loginParameters(unmet), ...scopeParameter(unmet, wanted) },
  })
}

/** RFC 9470 §3. Of several wishes, the classes of the first that has some, and the shortest age. */
function loginParameters(unmet: readonly Unmet[]): Readonly<Record<string, string>> {
  const acr = unmet.map(({ mend }) => mend?.acr ?? []).find((list) => list.length > 0)
  const ages = unmet.flatMap(({ mend }) => (mend?.maxAge === undefined ? [] : [mend.maxAge]))
  return {
    ...(acr !== undefined && { acr_values: acr.join(' ') }),
    ...(ages.length > 0 && { max_age: String(Math.min(...ages)) }),
  }
}

/** RFC 6750 §3: `scope` names the scopes that are needed, all of them: a client that got only what it lacks loses the rest. */
function scopeParameter(unmet: readonly Unmet[], wanted: Requirements): Readonly<Record<string, string>> {
  const lacking = unmet.flatMap(({ mend }) => mend?.scopes ?? [])
  return lacking.length === 0 ? {} : { scope: [...new Set([...neededScopes(wanted), ...lacking])].join(' ') }
}

/** All scopes that a route may ask for, those of alternatives too. */
export function demandedScopes({ scopes, anyScope, allOf, anyOf }: Requirements): readonly string[] {
  return [...scopes, ...anyScope, ...[...allOf, ...anyOf].flatMap(demandedScopes)]
}

/** The scopes of a route, but for those of alternatives. */
export function neededScopes({ scopes, anyScope, allOf }: Requirements): readonly string[] {
  return [...new Set([...scopes, ...anyScope, ...allOf.flatMap(neededScopes)])]
}
