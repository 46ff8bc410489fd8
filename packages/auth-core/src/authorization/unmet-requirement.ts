import type { AuthContext } from '../outcome/auth-context.js'
import { refusal } from '../outcome/errors.js'
import type { AuthError } from '../outcome/errors.js'
import { isPending } from '../util/maybe-promise.js'
import type { MaybePromise } from '../util/maybe-promise.js'
import type { Judging, Mend, Unmet } from './demand.js'
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
    parameters: { ...loginParameters(unmet, wanted), ...scopeParameter(unmet, wanted) },
  })
}

/**
 * RFC 9470 §3: what the whole route asks of a login, as with scopes: the classes that suit each of its demands, and the
 * shortest age. With what is unmet alone a client would come back with a login that lacks the rest.
 */
function loginParameters(unmet: readonly Unmet[], wanted: Requirements): Readonly<Record<string, string>> {
  if (!unmet.some(({ reason }) => reason === 'login_insufficient')) return {}
  const wishes = [...loginWishes(wanted), ...unmet.flatMap(({ mend }) => (mend === undefined ? [] : [mend]))]
  const classes = wishes.flatMap(({ acr }) => (acr === undefined || acr.length === 0 ? [] : [acr]))
  const acr = classes.length === 0 ? [] : classes.reduce((all, some) => all.filter((one) => some.includes(one)))
  const ages = wishes.flatMap(({ maxAge }) => (maxAge === undefined ? [] : [maxAge]))
  return {
    ...(acr.length > 0 && { acr_values: acr.join(' ') }),
    ...(ages.length > 0 && { max_age: String(Math.min(...ages)) }),
  }
}

function loginWishes({ acr, maxAge, allOf }: Requirements): readonly Pick<Mend, 'acr' | 'maxAge'>[] {
  return [{ acr, maxAge }, ...allOf.flatMap(loginWishes)]
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
