import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'

import { LIBRARIES } from './support/libraries.js'
import type { Library } from './support/libraries.js'
import { documented, recovery } from './support/recovery.js'
import type { Recovery } from './support/recovery.js'
import { startWorld } from './support/world.js'
import type { World } from './support/world.js'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())
afterEach(() => void vi.useRealTimers())

/** One answer for all five servers. */
async function atEachApi(apis: readonly string[], ask: (url: string) => Promise<Recovery>): Promise<Recovery> {
  const all: Recovery[] = []
  for (const origin of apis) all.push(await ask(`${origin}/api/private`))
  expect(new Set(all).size, `the servers differ: ${all.join(', ')}`).toBe(1)
  return all[0] ?? 'no'
}

async function issuerNonce(library: Library): Promise<Recovery> {
  world.issuer.demandNonces('required')
  const caller = await library(world.issuer.issuer)
  return recovery((nonce) => caller.token(nonce))
}

async function apiNonce(library: Library): Promise<Recovery> {
  world.issuer.demandNonces('off')
  const caller = await library(world.issuer.issuer)
  await caller.token()
  return atEachApi(world.apis, (url) => recovery((nonce) => caller.call(url, nonce)))
}

/** The clock of this process goes wrong once there is a token. */
async function clock(library: Library, apis: readonly string[], off: number): Promise<Recovery> {
  world.issuer.demandNonces('off')
  vi.useRealTimers()
  const caller = await library(world.issuer.issuer)
  await caller.token()
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + off * 1000 })
  const unaided = await atEachApi(apis, (url) => recovery((nonce) => caller.call(url, nonce)))
  if (unaided !== 'no') return unaided
  const told = await library(world.issuer.issuer, -off)
  await told.token().catch(() => undefined)
  const aided = await atEachApi(apis, (url) => recovery((nonce) => told.call(url, nonce)))
  return aided === 'no' ? 'no' : 'by a setting'
}

describe('what each library recovers from', () => {
  it.each(Object.entries(LIBRARIES))('%s does what the table says', async (name, library) => {
    const cells = [
      await issuerNonce(library),
      await apiNonce(library),
      await clock(library, world.apis, 3600),
      await clock(library, world.plain, 3600),
      await clock(library, world.plain, -3600),
    ]
    expect(cells).toEqual(documented()[name])
  })

  it('the table has no other', () => {
    expect(Object.keys(documented()).toSorted()).toEqual([...Object.keys(LIBRARIES), '@auth0/auth0-spa-js'].toSorted())
  })
})
