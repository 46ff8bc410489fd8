import { randomUUID } from 'node:crypto'

import type { AuthContext } from '@acme/auth-express'
import { errors, jwtVerify, SignJWT } from 'jose'
import type { CryptoKey, JWTVerifyGetKey } from 'jose'
import { z } from 'zod'

import type { TaskName } from './tasks.js'

/** Who asked for a job, as the API verified it. */
export interface Caller {
  readonly issuer: string
  readonly subject: string
  readonly clientId: string | undefined
  readonly scopes: readonly string[]
  /** How the token came, and the key that it was bound to and whose possession was proven. */
  readonly scheme: 'Bearer' | 'DPoP'
  readonly thumbprint: string | undefined
}

/** A job that the API has vouched for. */
export interface VerifiedJob {
  readonly id: string
  readonly task: TaskName
  readonly caller: Caller
  /** Seconds since the epoch: never later than the token of the caller. */
  readonly expiresAt: number
}

/** A job that no caller stands behind. The message names the check, and shows nothing of the job. */
export class JobRefused extends Error {
  override readonly name = 'JobRefused'
}

const ISSUER = 'urn:acme:jobs-api'
const AUDIENCE = 'urn:acme:queue:jobs'
// RFC 8725 §3.11: no other JWT of this key, nor an access token, can stand in for an envelope.
const TYPE = 'job+jwt'
const ALGORITHM = 'ES256'
/** Seconds that a job is good for, however long the token of its caller is. */
const MAX_AGE = 900
/** Seconds by which the clocks of API and worker may differ: for `iat` alone. */
const TOLERANCE = 30
const MAX_LENGTH = 8192

const payloadSchema = z.strictObject({
  iss: z.string(),
  aud: z.string(),
  jti: z.uuid(),
  iat: z.int(),
  exp: z.int(),
  task: z.enum(['process', 'profile']),
  caller: z.strictObject({
    iss: z.string(),
    sub: z.string(),
    client_id: z.string().optional(),
    scope: z.string(),
    scheme: z.enum(['Bearer', 'DPoP']),
    jkt: z.string().optional(),
    exp: z.int(),
  }),
})

/** A private key with the `kid` that it is published under. */
export interface SigningKey {
  readonly kid: string
  readonly privateKey: CryptoKey
}

/** A job and its envelope, a compact JWS. */
export interface SealedJob {
  readonly id: string
  readonly expiresAt: number
  readonly envelope: string
}

/**
 * Vouches for a job: what is to be done, who asked, what was verified, until when. The access token is not in it.
 *
 * @param now - seconds since the epoch
 * @throws {JobRefused} for a token without a subject
 */
export async function signJob(
  task: TaskName,
  auth: AuthContext,
  { kid, privateKey }: SigningKey,
  now: number,
): Promise<SealedJob> {
  const { issuer, subject, clientId, scopes, scheme, thumbprint } = auth
  if (subject === undefined) throw new JobRefused('the token has no subject')
  const id = randomUUID()
  const tokenEnd = Math.floor(auth.expiresAt)
  const expiresAt = Math.min(Math.floor(now) + MAX_AGE, tokenEnd)
  const caller = { iss: issuer, sub: subject, client_id: clientId, scope: scopes.join(' '), scheme, exp: tokenEnd }
  const envelope = await new SignJWT({ task, caller: { ...caller, jkt: thumbprint } })
    .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setJti(id)
    .setIssuedAt(Math.floor(now))
    .setExpirationTime(expiresAt)
    .sign(privateKey)
  return { id, expiresAt, envelope }
}

/**
 * @param now - seconds since the epoch
 * @throws {JobRefused} for an envelope that the API did not make, or not for now; anything else when the keys cannot be had
 */
export async function verifyJob(envelope: unknown, keys: JWTVerifyGetKey, now: number): Promise<VerifiedJob> {
  if (typeof envelope !== 'string' || envelope.length > MAX_LENGTH) throw new JobRefused('no envelope')
  const { iat, exp, jti, task, caller } = payloadOf(await verifiedPayload(envelope, keys, now))
  // To the second, without tolerance: nothing outlives the token.
  if (now >= exp) throw new JobRefused('the envelope has expired')
  if (exp > caller.exp || exp - iat > MAX_AGE) throw new JobRefused('the envelope outlives its caller')
  const { iss, sub, client_id: clientId, scope, scheme, jkt: thumbprint } = caller
  const scopes = scope.split(' ').filter((one) => one !== '')
  return { id: jti, task, expiresAt: exp, caller: { issuer: iss, subject: sub, clientId, scopes, scheme, thumbprint } }
}

async function verifiedPayload(envelope: string, keys: JWTVerifyGetKey, now: number): Promise<unknown> {
  try {
    const { payload } = await jwtVerify(envelope, keys, {
      algorithms: [ALGORITHM],
      typ: TYPE,
      issuer: ISSUER,
      audience: AUDIENCE,
      requiredClaims: ['jti', 'iat', 'exp'],
      maxTokenAge: MAX_AGE,
      clockTolerance: TOLERANCE,
      currentDate: new Date(now * 1000),
    })
    return payload
  } catch (error) {
    if (isRefusal(error)) throw new JobRefused(`the envelope is not good: ${error.code}`)
    throw error
  }
}

const REFUSALS = [
  errors.JWTInvalid,
  errors.JWTExpired,
  errors.JWTClaimValidationFailed,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
]

/** All else, such as keys that cannot be fetched, says nothing about the job. */
function isRefusal(error: unknown): error is errors.JOSEError {
  return REFUSALS.some((kind) => error instanceof kind)
}

function payloadOf(given: unknown): z.infer<typeof payloadSchema> {
  const { success, data } = payloadSchema.safeParse(given)
  if (!success) throw new JobRefused('the envelope has another form')
  return data
}
