import { once } from 'node:events'

import type { ListeningTestIssuer } from '@acme/auth-testing'

import { makeClients, startIssuer, tokenHash } from '../material.js'
import { order } from '../rounds.js'
import type { Plan, Round } from '../rounds.js'
import { startTarget } from './target-server.js'
import type { TargetServer } from './target-server.js'
import { addedName, routesOf } from './routes.js'
import { FRAMEWORKS } from './setup.js'
import type { Framework, Setup } from './setup.js'
import { Traffic } from './traffic.js'

/** What the part asks of the driver. */
export interface DriverOrder {
  readonly plan: Plan
  readonly serverCore: number | undefined
}

const LEAST_WARM_UP_MS = 400
// A difference of two measurements needs more than one measurement.
const WINDOW_SAMPLES = 2.5

/** The client's process: starts the servers of one framework after the other, and measures them in windows. */
export async function runDriver(): Promise<void> {
  process.once('disconnect', () => process.exit())
  const [asked] = (await once(process, 'message')) as [DriverOrder] // sent by part.ts
  const issuer = await startIssuer()
  const traffic = await Traffic.create(issuer)
  const signed = await signedSamples(issuer, traffic)
  const merged: Record<string, number>[] = Array.from({ length: asked.plan.rounds }, () => ({}))
  for (const framework of FRAMEWORKS) {
    const rounds = await measure({ framework, issuer: known(issuer), signed }, traffic.renewed(), asked)
    for (const [index, round] of rounds.entries()) Object.assign(merged[index] ?? {}, round)
  }
  await issuer.close()
  process.send?.(merged)
}

/** All routes of a framework side by side, each in a process of its own. */
async function measure(
  common: Omit<Setup, 'guard'>,
  traffic: Traffic,
  { plan, serverCore }: DriverOrder,
): Promise<readonly Round[]> {
  const starting = routesOf(common.framework).map((route) =>
    startTarget({ ...common, guard: route.guard }, route, traffic.stream(route.traffic), serverCore),
  )
  // One that does not start fails the run; this process then ends, and the others with it.
  const servers = await Promise.all(starting)
  for (const server of servers) await server.warmUp(Math.max(LEAST_WARM_UP_MS, plan.sampleMs * 10))
  const rounds: Round[] = []
  for (let index = 0; index < plan.rounds; index++) rounds.push(await oneRound(common.framework, servers, index, plan))
  await Promise.all(servers.map((server) => server.end()))
  return rounds
}

/** Windows on the bare route and on the guarded one, of each server in turn. */
async function oneRound(
  framework: Framework,
  servers: readonly TargetServer[],
  index: number,
  { sampleMs }: Plan,
): Promise<Round> {
  const round: Record<string, number> = {}
  const bare: number[] = []
  for (const server of order(servers, index)) {
    const costs = await server.windows(sampleMs * WINDOW_SAMPLES)
    round[addedName(framework, server.name)] = costs.guarded - costs.bare
    bare.push(costs.bare)
  }
  round[addedName(framework, 'bare route')] = bare.reduce((sum, cost) => sum + cost, 0) / bare.length
  return round
}

function known({ issuer, jwksUri, signingKey: { kid, publicJwk } }: ListeningTestIssuer): Setup['issuer'] {
  return { issuer, jwksUri, signingKey: { kid, publicJwk } }
}

async function signedSamples({ signingKey }: ListeningTestIssuer, traffic: Traffic): Promise<Setup['signed']> {
  const [token = ''] = traffic.tokens
  const [client] = await makeClients(1)
  if (client === undefined) throw new RangeError('no client')
  return {
    rs256: { jws: token, jwk: signingKey.publicJwk },
    es256: { jws: client.proof(tokenHash(token)), jwk: client.key.publicJwk },
  }
}
