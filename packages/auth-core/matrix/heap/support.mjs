// What the measurements in child processes share. Each prints one line of JSON.
import { setImmediate } from 'node:timers/promises'

/** Bytes of the heap and beside it that are in use after a collection. */
export async function memory() {
  for (let pass = 0; pass < 4; pass++) {
    globalThis.gc()
    await setImmediate()
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

export const AUDIENCE = 'https://api.test/'
export const NOW = 1_760_000_000

export function request(authorization, dpop) {
  const proof = dpop === undefined ? [] : ['DPoP', dpop]
  return {
    method: 'GET',
    target: '/items',
    rawHeaders: ['Host', 'api.test', 'Authorization', authorization, ...proof],
    scheme: 'https',
    peer: '192.0.2.1',
    trustedHops: () => 0,
    identity: {},
  }
}
