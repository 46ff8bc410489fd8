import type { JsonObject } from '../crypto/compact-jws.js'
import { configurationError, rejectUndefined, rejectUnknownNames } from '../options/option-checks.js'
import type { AuthContext } from '../outcome/auth-context.js'
import { isPlainObject } from '../util/json.js'
import { isPending, isVerdict, saysTrue } from '../util/maybe-promise.js'
import type { MaybePromise } from '../util/maybe-promise.js'
import { quote } from '../util/quote.js'
import { isSchema, schemaIssue } from '../util/standard-schema.js'
import { callApplication } from './basic-demands.js'
import { MET } from './demand.js'
import type { Demand, Unmet } from './demand.js'
import type { AuthorizationDetailRequirement } from './requirement-types.js'

/** An object of `authorization_details` (RFC 9396 §2). Its other members depend on its type. */
export interface AuthorizationDetail extends JsonObject {
  readonly type: string
}

const NONE: readonly AuthorizationDetail[] = Object.freeze([])

/** The authorization details of a token (RFC 9396 §9.1); what is no object with a type grants nothing. */
export function authorizationDetailsOf(claims: JsonObject): readonly AuthorizationDetail[] {
  const given = claims['authorization_details']
  if (!Array.isArray(given)) return NONE
  return Object.freeze(given.filter(isDetail))
}

function isDetail(one: unknown): one is AuthorizationDetail {
  return isPlainObject(one) && typeof one['type'] === 'string'
}

/** @throws {TypeError} that names the option */
export function readAuthorizationDetails(given: unknown): readonly AuthorizationDetailRequirement[] {
  if (given === undefined) return Object.freeze([])
  const list: readonly unknown[] = Array.isArray(given) ? given : [given]
  if (list.length === 0) throw wrong(given)
  return Object.freeze(list.map(readDetail))
}

function readDetail(given: unknown): AuthorizationDetailRequirement {
  if (typeof given === 'string' && given !== '') return Object.freeze({ type: given })
  if (!isPlainObject(given)) throw wrong(given)
  rejectUnknownNames('authorizationDetails', given, ['type', 'matches'])
  rejectUndefined('authorizationDetails.', given)
  const { type, matches } = given
  if (typeof type !== 'string' || type === '') throw configurationError('authorizationDetails.type', type, 'a type')
  if (matches === undefined) return Object.freeze({ type })
  if (!isSchema(matches) && typeof matches !== 'function') {
    throw configurationError('authorizationDetails.matches', matches, 'a function, or a Standard Schema')
  }
  return Object.freeze({ type, matches }) as AuthorizationDetailRequirement // what a function answers is checked
}

function wrong(given: unknown): TypeError {
  return configurationError('authorizationDetails', given, "a type such as 'payment_initiation', or { type, matches }")
}

/** One object of the token must have the type, and match. */
export function authorizationDetailDemand({ type, matches }: AuthorizationDetailRequirement): Demand {
  const missing: readonly Unmet[] = [
    { reason: 'authorization_details_missing', detail: `no authorization details of type ${quote(type)} that match` },
  ]
  return {
    unmet(auth: AuthContext) {
      const found = authorizationDetailsOf(auth.claims).filter((detail) => detail.type === type)
      if (matches === undefined) return found.length > 0 ? MET : missing
      if (!isSchema(matches)) {
        const answers = found.map((detail) => callApplication(() => matches(detail)))
        if (answers.map(saysTrue).includes(true)) return MET
        return missing.map((unmet) => ({ ...unmet, unknown: !answers.every(isVerdict) }))
      }
      const any = anyOf(found, (detail) => schemaIssue(matches, detail, 'authorizationDetails'))
      return isPending(any) ? any.then((one) => (one ? MET : missing)) : any ? MET : missing
    },
  }
}

/** Whether one of them has no issue. One after the other: a token may hold many. */
function anyOf(
  details: readonly AuthorizationDetail[],
  issueOf: (detail: AuthorizationDetail) => MaybePromise<string | undefined>,
): MaybePromise<boolean> {
  for (const [index, detail] of details.entries()) {
    const issue = issueOf(detail)
    if (isPending(issue)) return issue.then((one) => one === undefined || anyOf(details.slice(index + 1), issueOf))
    if (issue === undefined) return true
  }
  return false
}
