import type { ListeningTestIssuer } from '@acme/auth-testing'

import { dpopCandidates, inFlightName, primedDpopCandidates, requireVerdicts, WIDTH } from '../candidates/check.js'
import type { DpopCheck } from '../candidates/check.js'
import { expressDpop } from '../candidates/express-oauth2-jwt-bearer.js'
import { joseDpop } from '../candidates/jose.js'
import { ES256, es256Limit, importLimit, rs256Limit } from '../candidates/limits.js'
import { webApiDpop } from '../candidates/oauth4webapi.js'
import { authenticateDpop, resourceServer } from '../candidates/ours.js'
import { makeClients, makeToken, makeTokens, startIssuer, tampered, tokenHash } from '../material.js'
import type { Client } from '../material.js'
import { ProofCursor, ProofPool } from '../proof-pool.js'
import { sampleRounds } from '../rounds.js'
import type { Candidate, Plan } from '../rounds.js'
import type { Measured, Part } from './part.js'

/** A token and a proof, of which the verifier has seen much, little or nothing before. */
export const dpop: Part = { name: 'dpop', title: 'DPoP: token and proof', base: ES256, run }

export const WARM = 'ours, key and token known'
export const NEW_TOKEN = 'ours, key known'
export const ALL_NEW = 'ours, nothing known'

const CLIENTS = 100
const SEEN_TOKENS = 1000
const NEW_TOKENS = 4000
const STRANGERS = 2500

async function run(plan: Plan): Promise<Measured> {
  const issuer = await startIssuer()
  try {
    const clients = await makeClients(CLIENTS)
    const peers = [joseDpop, expressDpop, webApiDpop]
    for (const create of [...peers, (): DpopCheck => ours(WARM, issuer)]) {
      await requireSound(create(issuer), issuer, clients)
    }
    const known = await ProofPool.create(issuer, clients, { tokens: SEEN_TOKENS })
    const candidates = [
      rs256Limit(issuer.signingKey.publicJwk, await makeTokens(issuer, SEEN_TOKENS)),
      es256Limit(clients),
      importLimit(clients),
      ...(await primedDpopCandidates(() => ours(WARM, issuer), known)),
      ...dpopCandidates(() => ours(NEW_TOKEN, issuer), await ProofPool.create(issuer, clients, { tokens: NEW_TOKENS })),
      ...(await strangers(issuer)),
      ...peers.flatMap((create) => dpopCandidates(() => create(issuer), known)),
    ]
    return { rounds: await sampleRounds(candidates, plan), notes: [] }
  } finally {
    await issuer.close()
  }
}

function ours(name: string, issuer: ListeningTestIssuer): DpopCheck {
  return authenticateDpop(name, resourceServer(issuer))
}

/** For each sample a verifier that has seen nothing but the issuer's key, and as many clients as there are requests. */
async function strangers(issuer: ListeningTestIssuer): Promise<readonly Candidate[]> {
  const pool = await ProofPool.create(issuer, await makeClients(STRANGERS), { tokens: STRANGERS })
  return [1, WIDTH].map((inFlight) => {
    let check: DpopCheck
    let cursor: ProofCursor
    return {
      name: inFlight === 1 ? ALL_NEW : inFlightName(ALL_NEW),
      inFlight,
      async prepare(operations) {
        if (operations >= STRANGERS) throw new RangeError(`${operations} operations for ${STRANGERS} clients`)
        check = ours(ALL_NEW, issuer)
        cursor = new ProofCursor(pool)
        cursor.prepare(operations + 1)
        await check.verify(cursor.next())
      },
      operation: () => check.verify(cursor.next()),
    }
  })
}

async function requireSound(check: DpopCheck, issuer: ListeningTestIssuer, clients: readonly Client[]): Promise<void> {
  const [client, other] = clients
  if (client === undefined || other === undefined) throw new RangeError('two clients are needed')
  const token = await makeToken(issuer, { jkt: client.key.thumbprint })
  const authorization = `DPoP ${token}`
  const proof = client.proof(tokenHash(token))
  await requireVerdicts(
    check,
    { authorization, proof },
    {
      'a bad token': { authorization: `DPoP ${tampered(token)}`, proof: client.proof(tokenHash(tampered(token))) },
      'a bad proof': { authorization, proof: tampered(client.proof(tokenHash(token))) },
      'the proof of another token': { authorization, proof: client.proof(tokenHash('other')) },
      'the proof of another key': { authorization, proof: other.proof(tokenHash(token)) },
      'the proof for another URL': { authorization, proof: client.proof(tokenHash(token), 'http://api.test/other') },
    },
  )
}
