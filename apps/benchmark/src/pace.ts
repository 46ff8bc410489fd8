import { rs256Limit, RS256 } from './candidates/limits.js'
import { makeTokens, startIssuer } from './material.js'
import { sampleRounds } from './rounds.js'
import { summarise } from './statistics.js'

// Microseconds that one RS256 verification takes on the machine that the targets in µs and ms were set on.
const REFERENCE = process.versions.node.startsWith('24.') ? 17.6 : 19.3

const PLAN = { rounds: 11, sampleMs: 40 }

/** How many times as long this machine takes for a signature as the one that the targets were set on; at least 1. */
export async function measurePace(): Promise<number> {
  const issuer = await startIssuer()
  const limit = rs256Limit(issuer.signingKey.publicJwk, await makeTokens(issuer, 100))
  const rounds = await sampleRounds([limit], PLAN)
  await issuer.close()
  const { median } = summarise(rounds.map((round) => round[RS256] ?? Number.NaN))
  return Math.max(1, median / REFERENCE)
}
