import { configurationError } from '../options/option-checks.js'
import { refusal } from '../outcome/errors.js'
import { isPending } from '../util/maybe-promise.js'
import { isSchema, schemaIssue } from '../util/standard-schema.js'
import type { StandardSchema } from '../util/standard-schema.js'
import type { AccessTokenClaims } from './claims.js'

/**
 * A schema of any library that follows Standard Schema 1. What it makes of the claims, such as defaults, is not used:
 * handlers get them as they were signed.
 */
export type ClaimsSchema = StandardSchema

/** Holds the claims of a verified token against a schema. */
export type ClaimsCheck = (claims: AccessTokenClaims) => Promise<void>

/** @throws {TypeError} for what is no schema */
export function readClaimsSchema(given: unknown, name: string): ClaimsCheck | undefined {
  if (given === undefined) return undefined
  if (!isSchema(given))
    throw configurationError(name, given, 'a Standard Schema, such as z.object({ org_id: z.string() })')
  return (claims) => requireClaims(given, claims)
}

/**
 * @throws {AuthError} `token_invalid` with the path of the first issue
 * @throws {Error} when the schema is late, or answers what is no result: neither is the client's fault
 */
async function requireClaims(schema: ClaimsSchema, claims: AccessTokenClaims): Promise<void> {
  const issue = schemaIssue(schema, claims, 'claims')
  const found = isPending(issue) ? await issue : issue
  if (found !== undefined) throw refusal('token_invalid', found)
}
