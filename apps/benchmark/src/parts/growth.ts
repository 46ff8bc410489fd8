import type { ListeningTestIssuer } from '@acme/auth-testing'

import { bearerCandidates, dpopSteps, primeBearer, primeDpop } from '../candidates/check.js'
import type { BearerCheck } from '../candidates/check.js'
import { authenticateBearer, authenticateDpop, resourceServer } from '../candidates/ours.js'
import { makeClients, makeMany, makeToken, makeTokens, startIssuer } from '../material.js'
import { ProofCursor, ProofPool } from '../proof-pool.js'
import { sampleRounds } from '../rounds.js'
import type { Candidate, Plan } from '../rounds.js'
import type { Measured, Part } from './part.js'

/** Whether a request costs more when there is more of everything. */
export const growth: Part = { name: 'growth', title: 'Growth', run }

export function clientsName(count: number): string {
  return `DPoP, key and token known, client keys: ${count}`
}

export const ONE_OF_EACH = 'Bearer, new token, one issuer with one key'
export const MANY_KEYS = 'Bearer, new token, keys in the set: many'
export const MANY_ISSUERS = 'Bearer, new token, issuers: 1000'

const CLIENT_COUNTS = [1, 100, 10_000]
const ISSUERS = 1000
const NEW_TOKENS = 4000
// The most that are asked for, and the most that a key set may have.
const KEY_COUNTS = [1000, 100]

async function run(plan: Plan): Promise<Measured> {
  const issuer = await startIssuer()
  try {
    const tokens = await makeTokens(issuer, NEW_TOKENS)
    const keys = await manyKeys(issuer, tokens)
    const candidates = [
      ...(await clientKeys(issuer)),
      onlyOneAtATime(authenticateBearer(ONE_OF_EACH, withKeys(issuer, [issuer.signingKey.publicJwk])), tokens),
      keys.candidate,
      await manyIssuers(issuer),
    ]
    return { rounds: await sampleRounds(candidates, plan), notes: keys.notes }
  } finally {
    await issuer.close()
  }
}

/** As many tokens as clients, all of them known. */
async function clientKeys(issuer: ListeningTestIssuer): Promise<readonly Candidate[]> {
  const clients = await makeClients(Math.max(...CLIENT_COUNTS))
  const candidates: Candidate[] = []
  for (const count of CLIENT_COUNTS) {
    const pool = await ProofPool.create(issuer, clients.slice(0, count), { tokens: count })
    const server = resourceServer(issuer, { tokenCache: 2 * Math.max(...CLIENT_COUNTS) })
    const check = authenticateDpop(clientsName(count), server)
    await primeDpop(check, pool)
    candidates.push({ name: check.name, inFlight: 1, ...dpopSteps(check, new ProofCursor(pool, 2 * count)) })
  }
  return candidates
}

/** The signing key in the midst of others, in the largest key set that is accepted. */
async function manyKeys(
  issuer: ListeningTestIssuer,
  tokens: readonly string[],
): Promise<{ candidate: Candidate; notes: readonly string[] }> {
  const others = await makeClients(Math.max(...KEY_COUNTS))
  for (const count of KEY_COUNTS) {
    const keys = others.slice(1, count).map(({ key }) => key.publicJwk)
    keys.splice(count >> 1, 0, issuer.signingKey.publicJwk)
    const server = accepted(() => withKeys(issuer, keys))
    if (server === undefined) continue
    const notes = count === KEY_COUNTS[0] ? [] : [`a key set has at most ${count} keys: measured with that many`]
    return { candidate: onlyOneAtATime(authenticateBearer(MANY_KEYS, server), tokens), notes }
  }
  throw new Error('no key set is accepted')
}

function withKeys(issuer: ListeningTestIssuer, keys: readonly unknown[]): ReturnType<typeof resourceServer> {
  return resourceServer(issuer, { issuers: [{ issuer: issuer.issuer, jwks: { keys } }] })
}

function accepted<Value>(create: () => Value): Value | undefined {
  try {
    return create()
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}

/** One signing key for all of them: each still imports its own. */
async function manyIssuers(issuer: ListeningTestIssuer): Promise<Candidate> {
  const names = Array.from({ length: ISSUERS }, (_, index) => `https://tenant-${String(index).padStart(4, '0')}.test/`)
  const jwks = { keys: [issuer.signingKey.publicJwk] }
  const server = resourceServer(issuer, { issuers: names.map((name) => ({ issuer: name, jwks })) })
  const tokens = await makeMany(NEW_TOKENS, (index) => makeToken(issuer, { iss: names[index % ISSUERS] ?? '' }))
  const check = authenticateBearer(MANY_ISSUERS, server)
  // Keys are imported when first wanted. By the time that these tokens come round, the cache has let go of them.
  await primeBearer(check, tokens.slice(-ISSUERS))
  return onlyOneAtATime(check, tokens)
}

function onlyOneAtATime(check: BearerCheck, tokens: readonly string[]): Candidate {
  const [candidate] = bearerCandidates(check, tokens)
  if (candidate === undefined) throw new RangeError('no candidate')
  return candidate
}
