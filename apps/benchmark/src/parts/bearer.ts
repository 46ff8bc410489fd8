import type { ListeningTestIssuer } from '@acme/auth-testing'

import { bearerCandidates, prefixOf, primeBearer, requireVerdicts } from '../candidates/check.js'
import type { BearerCheck } from '../candidates/check.js'
import { expressBearer } from '../candidates/express-oauth2-jwt-bearer.js'
import { fastJwt, fastJwtCached, fastJwtWithGetJwks } from '../candidates/fast-jwt.js'
import { honoBare, honoJwk } from '../candidates/hono.js'
import { joseWithKey, joseWithKeySet } from '../candidates/jose.js'
import { lookupLimit, RS256, rs256Limit } from '../candidates/limits.js'
import { webApiBearer } from '../candidates/oauth4webapi.js'
import { authenticateBearer, resourceServer, verifyToken } from '../candidates/ours.js'
import { awsJwtVerify, jsonWebToken } from '../candidates/synchronous.js'
import { makeToken, makeTokens, startIssuer, tampered } from '../material.js'
import { sampleRounds } from '../rounds.js'
import type { Candidate, Plan } from '../rounds.js'
import type { Measured, Part } from './part.js'

/** Bearer tokens: seen for the first time, seen before, and expired. */
export const bearer: Part = { name: 'bearer', title: 'Bearer tokens', base: RS256, run }

// More than any cache here holds, so that a token that comes round again is a new one.
const NEW_TOKENS = 4000
// As many as the caches hold.
const SEEN_TOKENS = 1000
const USUAL_TOKENS = 10

async function run(plan: Plan): Promise<Measured> {
  const issuer = await startIssuer()
  try {
    const tokens = await makeTokens(issuer, NEW_TOKENS)
    const expired = await makeTokens(issuer, NEW_TOKENS, { expiresIn: -60 })
    const { fresh, seen } = await checks(issuer)
    for (const check of [...fresh, ...seen]) await requireSound(check, issuer)
    // Good tokens that come again, as every API has them: with none, a verifier would forget what a token looks like.
    const usual = await makeTokens(issuer, USUAL_TOKENS)
    for (const check of fresh) await primeBearer(check, usual)
    const known = tokens.slice(0, SEEN_TOKENS)
    for (const check of seen) await primeBearer(check, known)
    const candidates = [
      rs256Limit(issuer.signingKey.publicJwk, tokens),
      lookupLimit(known),
      ...fresh.flatMap((check) => bearerCandidates(check, tokens)),
      ...seen.flatMap((check) => bearerCandidates(check, known)),
      ...bearerCandidates(honoBare(), tokens),
      ...fresh.filter(({ name }) => REFUSERS.includes(name)).map((check) => refusals(check, expired)),
    ]
    return { rounds: await sampleRounds(candidates, plan), notes: [] }
  } finally {
    await issuer.close()
  }
}

async function checks(issuer: ListeningTestIssuer): Promise<Record<'fresh' | 'seen', readonly BearerCheck[]>> {
  const server = resourceServer(issuer)
  const fresh = [
    authenticateBearer('ours, new token', server),
    await joseWithKey(issuer),
    joseWithKeySet(issuer),
    fastJwt(issuer),
    fastJwtWithGetJwks(issuer),
    awsJwtVerify(issuer),
    jsonWebToken(issuer),
    expressBearer(issuer),
    honoJwk(issuer),
    webApiBearer(issuer),
  ]
  const seen = [
    authenticateBearer('ours, token seen', resourceServer(issuer)),
    verifyToken('ours, token seen, token alone', resourceServer(issuer)),
    fastJwtCached(issuer),
  ]
  return { fresh, seen }
}

const REFUSERS = ['ours, new token', 'jose', 'fast-jwt', 'jsonwebtoken']

/** The name of a check's candidate that refuses expired tokens. */
export function expiredName(name: string): string {
  return `${name.replace(', new token', '')}, expired token`
}

function refusals(check: BearerCheck, expired: readonly string[]): Candidate {
  const verify = async (text: string): Promise<void> => {
    let accepted = true
    try {
      await check.verify(text)
    } catch {
      accepted = false
    }
    if (accepted) throw new Error(`${check.name} accepts an expired token`)
  }
  const [candidate] = bearerCandidates({ ...check, name: expiredName(check.name), synchronous: false, verify }, expired)
  if (candidate === undefined) throw new RangeError('no candidate')
  return candidate
}

async function requireSound(check: BearerCheck, issuer: ListeningTestIssuer): Promise<void> {
  const prefix = prefixOf(check)
  const good = await makeToken(issuer)
  await requireVerdicts(check, prefix + good, {
    'a bad signature': prefix + tampered(good),
    'an expired token': prefix + (await makeToken(issuer, { expiresIn: -60 })),
    'another audience': prefix + (await makeToken(issuer, { aud: 'https://other.test/' })),
    'another issuer': prefix + (await makeToken(issuer, { iss: 'https://other.test/' })),
  })
}
