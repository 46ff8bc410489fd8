import { refusal } from '../outcome/errors.js'
import { configurationError } from '../options/option-checks.js'
import { isPending } from '../util/maybe-promise.js'
import { printable } from '../util/quote.js'
import { withinOr } from '../util/time-limit.js'
import type { AccessTokenClaims } from './claims.js'

/**
 * A schema of any library that follows Standard Schema 1: Zod, Valibot, ArkType and others. What it makes of the claims,
 * such as defaults, is not used: handlers get them as they were signed.
 */
export interface ClaimsSchema {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => ClaimsResult | Promise<ClaimsResult>
  }
}

interface ClaimsResult {
  readonly issues?: readonly ClaimsIssue[] | undefined
}

interface ClaimsIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** Holds the claims of a verified token against a schema. */
export type ClaimsCheck = (claims: AccessTokenClaims) => Promise<void>

// Seconds. A schema that asks somebody else must not hold requests for ever.
const TIME_LIMIT = 5
const LATE = Symbol('late')

/** @throws {TypeError} for what is no schema */
export function readClaimsSchema(given: unknown, name: string): ClaimsCheck | undefined {
  if (given === undefined) return undefined
  if (!isSchema(given))
    throw configurationError(name, given, 'a Standard Schema, such as z.object({ org_id: z.string() })')
  const standard = given['~standard']
  return (claims) => requireClaims(standard, claims)
}

/**
 * @throws {AuthError} `token_invalid` with the path of the first issue
 * @throws {Error} when the schema is late, or answers what is no result: neither is the client's fault
 */
async function requireClaims(standard: ClaimsSchema['~standard'], claims: AccessTokenClaims): Promise<void> {
  const answer = standard.validate(claims)
  const result: unknown = isPending(answer) ? await withinOr(answer, TIME_LIMIT, LATE) : answer
  if (result === LATE) throw new Error(`claims: the schema has not answered within ${TIME_LIMIT} s`)
  if (typeof result !== 'object' || result === null) throw new Error('claims: the schema answered no result')
  const { issues } = result as ClaimsResult // as every Standard Schema answers
  if (issues === undefined) return
  const [issue] = issues
  // The message may have the value in it, which may be anything.
  throw refusal('token_invalid', printable(`claim ${pathText(issue)}: ${issue?.message ?? 'is not as wanted'}`, 300))
}

function pathText(issue: ClaimsIssue | undefined): string {
  const names = issue?.path?.map((part) => String(typeof part === 'object' ? part.key : part)) ?? []
  return names.length === 0 ? '(all)' : names.join('.')
}

function isSchema(given: unknown): given is ClaimsSchema {
  // ArkType's are functions.
  if ((typeof given !== 'object' && typeof given !== 'function') || given === null) return false
  const standard: unknown = Reflect.get(given, '~standard')
  return (
    typeof standard === 'object' &&
    standard !== null &&
    'validate' in standard &&
    typeof standard.validate === 'function'
  )
}
