import { requireVerdicts } from '../candidates/check.js'
import type { DpopCheck } from '../candidates/check.js'
import { joseDpop } from '../candidates/jose.js'
import { authenticateDpop, resourceServer } from '../candidates/ours.js'
import { makeClients, startIssuer } from '../material.js'
import { ProofCursor, ProofPool } from '../proof-pool.js'
import { collectGarbage, order } from '../rounds.js'
import type { Plan, Round } from '../rounds.js'
import type { Measured, Part } from './part.js'

/** How long a burst keeps everything else waiting. */
export const tail: Part = { name: 'tail', title: 'Burst of 1,000 DPoP requests at once', run }

export function heldName(name: string): string {
  return `${name}: loop held at a time, ms`
}

export function doneName(name: string): string {
  return `${name}: all answered after, ms`
}

const BURST = 1000
const CLIENTS = 100

async function run(plan: Plan): Promise<Measured> {
  const issuer = await startIssuer()
  try {
    const pool = await ProofPool.create(issuer, await makeClients(CLIENTS), { tokens: BURST })
    pool.ensure(BURST * (plan.rounds + 2))
    const checks = [authenticateDpop('ours', resourceServer(issuer)), joseDpop(issuer)]
    const bursts = checks.map((check) => ({ check, cursor: new ProofCursor(pool) }))
    for (const { check, cursor } of bursts) {
      await requireVerdicts(check, cursor.next(), {})
      await burst(check, cursor)
    }
    const rounds: Round[] = []
    for (let index = 0; index < plan.rounds; index++) {
      const round: Record<string, number> = {}
      for (const { check, cursor } of order(bursts, index)) Object.assign(round, await burst(check, cursor))
      rounds.push(round)
    }
    return { rounds, notes: [] }
  } finally {
    await issuer.close()
  }
}

/** All requests in one turn of the loop, each by a callback of its own, as when so many sockets have become readable. */
async function burst(check: DpopCheck, cursor: ProofCursor): Promise<Round> {
  const requests = Array.from({ length: BURST }, () => cursor.next())
  collectGarbage()
  const start = performance.now()
  const probe = startProbe()
  const answers = requests.map(
    (request) =>
      new Promise((resolve, reject) => {
        setImmediate(() => Promise.resolve(check.verify(request)).then(resolve, reject))
      }),
  )
  await Promise.all(answers)
  const done = performance.now() - start
  return { [heldName(check.name)]: await probe.stop(), [doneName(check.name)]: done }
}

/** Measures how long each turn of the event loop takes. */
function startProbe(): { stop(): Promise<number> } {
  let longest = 0
  let last = performance.now()
  let stopped: (() => void) | undefined
  const turn = (): void => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
    if (stopped === undefined) setImmediate(turn)
    else stopped()
  }
  setImmediate(turn)
  return {
    async stop() {
      // The turn that answered the last request counts as well.
      await new Promise<void>((resolve) => {
        stopped = resolve
      })
      return longest
    },
  }
}
