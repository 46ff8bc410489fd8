import { startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer } from '@acme/auth-testing'

import type { Settings } from './arguments.js'
import { createClients } from './clients.js'
import type { Forgery } from './clients.js'
import { learnNonces } from './dpop-traffic.js'
import { createHeldProofs } from './held-proofs.js'
import { createSender } from './http.js'
import type { Sample } from './judge.js'
import type { Scene } from './kind.js'
import { load, rotateKeys } from './load.js'
import { startServer } from './programs.js'
import type { Server } from './programs.js'
import { sampleAll } from './sampling.js'
import { createTally } from './tally.js'
import type { Tally } from './tally.js'
import { createTokens } from './tokens.js'

const CLIENTS = 200
const WRONG_CLOCKS = 20
const MOST_HELD = 30_000

/** What was seen. */
export interface Observed {
  readonly tally: Tally
  readonly samples: ReadonlyMap<string, readonly Sample[]>
  /** Servers that did not end with 0 when they were told to. */
  readonly badEnds: readonly string[]
}

/** @throws {Error} when a server does not start, or ends under way */
export async function soak(settings: Settings, signal: AbortSignal): Promise<Observed> {
  const issuer = await startTestIssuer({ algorithm: 'ES256' })
  const environment = { AUTH0_ISSUER: issuer.issuer, AUTH0_AUDIENCE: issuer.audience, DPOP_NONCE: 'heal' }
  const started = await Promise.allSettled(settings.programs.map((program) => startServer(program, environment)))
  const servers = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  try {
    const failed = started.find((result) => result.status === 'rejected')
    if (failed !== undefined) throw new Error('a server did not start', { cause: failed.reason })
    const observed = await underLoad(settings, issuer, servers, signal)
    const ends = await Promise.all(servers.map((server) => server.stop()))
    return { ...observed, badEnds: servers.filter((_, index) => !ends[index]).map(({ name }) => name) }
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
    await issuer.close()
  }
}

async function underLoad(
  settings: Settings,
  issuer: ListeningTestIssuer,
  servers: readonly Server[],
  signal: AbortSignal,
): Promise<Omit<Observed, 'badEnds'>> {
  const { send, close } = createSender()
  const forgery: Forgery = { nonce: () => 'forged' }
  const [clients, wrongClocks] = [await createClients(CLIENTS, forgery), await createClients(WRONG_CLOCKS, forgery)]
  const thumbprints = [...clients, ...wrongClocks].map(({ thumbprint }) => thumbprint)
  const tokens = await createTokens(issuer, thumbprints)
  const start = Date.now() / 1000
  const shared = { servers, send, tokens, clients, wrongClocks, forgery, tally: createTally() }
  const prepared: Scene = { ...shared, held: createHeldProofs(MOST_HELD, start), end: Infinity }
  await learnNonces(prepared)
  const scene: Scene = { ...prepared, end: Date.now() / 1000 + settings.seconds }
  const over = new AbortController()
  const both = AbortSignal.any([signal, over.signal])
  const rotating = rotateKeys(scene, settings.seconds, both)
  try {
    const running = Promise.all([sampleAll(servers, settings.seconds, both), load(scene, settings.concurrency, both)])
    const [samples] = await Promise.race([running, firstEnd(servers)])
    return { tally: scene.tally, samples }
  } finally {
    over.abort()
    await rotating
    close()
  }
}

async function firstEnd(servers: readonly Server[]): Promise<never> {
  const server = await Promise.race(servers.map((each) => each.ended.then(() => each)))
  throw new Error(`${server.name} ended under load\n${server.lastWords()}`)
}
