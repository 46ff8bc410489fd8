import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { createTestKey } from '@acme/auth-testing'
import { describe, expect, it } from 'vitest'
import { createResourceServer } from '../../src/resource-server.js'
import type { ResourceServer } from '../../src/resource-server-types.js'
import { AUDIENCE, bearer, createClock, createWorld, verdict } from '../../test/support.js'
import type { Clock } from '../../test/support.js'

const ISSUER = 'https://issuer.test/'
const MIB = 1024 * 1024

const keys = await Promise.all(Array.from({ length: 10 }, () => createTestKey('ES256')))
// As issuers publish them: most of an entry is a certificate, which nobody needs.
const document = JSON.stringify({ keys: keys.map(({ publicJwk }) => ({ ...publicJwk, x5c: ['M'.repeat(1500)] })) })

/** A server that has its keys from memory, each time as new text. */
function serve(
  clock: Clock,
  documentAt: (fetch: number) => string = () => document,
): { server: ResourceServer; fetches: () => number } {
  let fetches = 0
  const fetch: typeof globalThis.fetch = (input) => {
    const url = input instanceof Request ? input.url : input.toString()
    if (url.includes('openid-configuration')) {
      return Promise.resolve(Response.json({ issuer: ISSUER, jwks_uri: `${ISSUER}jwks` }))
    }
    fetches += 1
    return Promise.resolve(new Response(documentAt(fetches)))
  }
  const server = createResourceServer({ issuer: ISSUER, audience: AUDIENCE, fetch }, { now: clock.now })
  return { server, fetches: () => fetches }
}

function liveBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void // that is what the flag exposes
  collect()
  return process.memoryUsage().heapUsed
}

/** By how much the heap grows in the course of a thousand steps, after some to warm up. */
async function growth(step: (at: number) => Promise<void>, warm = 200): Promise<number> {
  for (let at = 0; at < warm; at++) await step(at)
  const before = liveBytes()
  for (let at = 0; at < 1000; at++) await step(warm + at)
  return liveBytes() - before
}

/** A token of the issuer that nobody signed. */
function unsigned(clock: Clock, kid: string, iss = ISSUER): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { iss, aud: AUDIENCE, sub: 'x', exp: clock.now() + 60 }
  return `${part({ alg: 'ES256', typ: 'at+jwt', kid })}.${part(claims)}.${'A'.repeat(86)}`
}

// Without leaks it is some hundred kilobytes, to and fro; a key set that stays each time is 20 MiB.
const MOST = 4 * MIB

describe('the heap stays as it is', () => {
  it('over refreshes for age', async () => {
    const clock = createClock()
    const { server, fetches } = serve(clock)
    const bytes = await growth(async () => {
      clock.advance(3601)
      await server.preload()
    })
    expect(fetches()).toBe(1200)
    expect(bytes).toBeLessThan(MOST)
  })

  it('over refreshes for made-up kids', async () => {
    const clock = createClock()
    const { server, fetches } = serve(clock)
    const bytes = await growth(async (at) => {
      clock.advance(31)
      expect(verdict(await server.authenticate(bearer(unsigned(clock, `made-up-${at}`))))).toBe('401 token_invalid')
    })
    expect(fetches()).toBeGreaterThan(1000)
    expect(bytes).toBeLessThan(MOST)
  })

  it('over invalidations, with keys that change each time', async () => {
    const clock = createClock()
    const rotating = (fetch: number): string => {
      const { publicJwk } = keys[fetch % keys.length] ?? keys[0] ?? { publicJwk: undefined }
      return JSON.stringify({ keys: [{ ...publicJwk, kid: `k${fetch}`, x5c: ['M'.repeat(15_000)] }] })
    }
    const { server, fetches } = serve(clock, rotating)
    const bytes = await growth(async (at) => {
      server.invalidate(undefined, { drop: at % 2 === 0 })
      await server.preload()
    })
    expect(fetches()).toBe(1200)
    expect(bytes).toBeLessThan(MOST)
  })

  it('by no more than its keys, however large the document is', async () => {
    const certificate = 'M'.repeat(40_000)
    const large = JSON.stringify({ keys: keys.map(({ publicJwk }) => ({ ...publicJwk, x5c: [certificate] })) })
    const servers: ResourceServer[] = []
    const before = liveBytes()
    for (let at = 0; at < 50; at++) {
      const { server } = serve(createClock(), () => large)
      await server.preload()
      servers.push(server)
    }
    // 20 MiB of documents.
    expect(liveBytes() - before).toBeLessThan(MOST + 50 * 64 * 1024)
    expect(servers.every((server) => server.issuerStatus()[0]?.keys === 10)).toBe(true)
  })

  it('over failures', async () => {
    const clock = createClock()
    const { server } = serve(clock, () => `{"keys":[],"padding":"${'x'.repeat(15_000)}"}`)
    const bytes = await growth(async () => {
      clock.advance(61)
      await server.preload().catch(() => undefined)
    })
    expect(bytes).toBeLessThan(MOST)
  })

  it('over issuers that strangers make up, where a function knows them by a pattern', async () => {
    const world = await createWorld()
    const { clock } = world
    const server = world.serve({
      issuers: (issuer) => (issuer.endsWith('.tenants.test/') ? { issuer } : undefined),
      fetch: () => Promise.reject(new TypeError('fetch failed')),
      onEvent: () => undefined,
    })
    const bytes = await growth(async (at) => {
      for (const domain of ['tenants.test/', 'elsewhere.test/']) {
        await server.authenticate(bearer(unsigned(clock, 'k', `https://${'x'.repeat(200)}-${at}.${domain}`)))
      }
      // What is bounded must be full before.
    }, 2000)
    expect(bytes).toBeLessThan(MOST)
    expect(server.issuerStatus()).toHaveLength(250)
  })
})
