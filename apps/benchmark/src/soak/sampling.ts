import { setTimeout as wait } from 'node:timers/promises'

import { collections } from './judge.js'
import type { Sample } from './judge.js'
import type { Server } from './programs.js'

const EVERY = 5

/** Samples of each server, by its name, until `seconds` after now. */
export async function sampleAll(
  servers: readonly Server[],
  seconds: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly Sample[]>> {
  const start = performance.now()
  const samples = new Map(servers.map(({ name }): [string, Sample[]] => [name, []]))
  for (const { at, collected } of moments(seconds)) {
    await wait(Math.max(0, start + at * 1000 - performance.now()), undefined, { signal }).catch(() => undefined)
    if (signal.aborted) break
    await Promise.all(
      servers.map(async (server) => {
        const memory = await server.measure(collected)
        samples.get(server.name)?.push({ at: (performance.now() - start) / 1000, collected, ...memory })
      }),
    )
  }
  return samples
}

function moments(seconds: number): { at: number; collected: boolean }[] {
  const usual = Array.from({ length: Math.floor(seconds / EVERY) }, (_, index) => ({
    at: index * EVERY,
    collected: false,
  }))
  const collecting = collections(seconds).map((at) => ({ at, collected: true }))
  return [...usual, ...collecting].toSorted((a, b) => a.at - b.at)
}
