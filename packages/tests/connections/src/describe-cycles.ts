import { once } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import type { AuthEvent, ConnectionEvent } from '@acme/auth-core'
import { describe, expect, it } from 'vitest'

import { createFixture } from './fixture.js'
import type { Fixture } from './fixture.js'
import { bearer, Harness } from './harness.js'
import { rawSocket } from './raw.js'
import { requestTextOf } from './server.js'
import type { ConnectionDriver, ConnectionServer } from './server.js'
import { until } from './until.js'

const WARM_UP = 1000
const CYCLES = 9000
const AT_ONCE = 100
// Bytes for each cycle: a caller that is left behind with its token has two thousand.
const NOISE = 400

interface Stage {
  readonly fixture: Fixture
  readonly driver: ConnectionDriver
  readonly server: ConnectionServer
  readonly good: string
  readonly forged: string
}

/** Declares a test that opens and ends ten thousand connections in every way, after which nothing is left of them. */
export function describeCycles(driver: ConnectionDriver): void {
  describe(`ten thousand connections by ${driver.transport}`, () => {
    it('leave nothing behind, however they end', { timeout: 600_000 }, async () => {
      const fixture = await createFixture()
      const books = createBooks()
      // Traces of refusals are kept by the store of the fixture: all of them.
      const server = await driver.start({ ...fixture.options(), traces: false, onEvent: books.onEvent })
      try {
        const [good, forged] = [await fixture.issuer.accessToken({ scope: 'read:x' }), 'a.b.c']
        const stage = { fixture, driver, server, good, forged }
        await cycles(stage, WARM_UP)
        await until('all are closed', () => books.open === 0)
        const before = await measured()
        await cycles(stage, CYCLES)
        await until('all are closed', () => books.open === 0)
        expect(books.count.opened).toBeGreaterThan((WARM_UP + CYCLES) / 2)
        expect(books.count.closed).toBe(books.count.opened)
        const after = await measured(before)
        expect(after.listeners).toBe(before.listeners)
        expect((after.heap - before.heap) / CYCLES).toBeLessThan(NOISE)
        await new Harness(fixture, driver, server).alive()
      } finally {
        await server.close()
        await fixture.close()
      }
    })
  })
}

/** Keeps numbers, and no events. */
function createBooks(): {
  open: number
  readonly count: Record<ConnectionEvent['transition'], number>
  readonly onEvent: (event: AuthEvent) => void
} {
  const count = { opened: 0, renewed: 0, refused: 0, expired: 0, revoked: 0, limited: 0, closed: 0 }
  const books = {
    open: 0,
    count,
    onEvent(event: AuthEvent) {
      if (event.type !== 'connection') return
      count[event.transition] += 1
      books.open = event.open
    },
  }
  return books
}

async function cycles(stage: Stage, count: number): Promise<void> {
  for (let done = 0; done < count; done += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE / WAYS.length }, () => WAYS.map((way) => way(stage))).flat())
  }
}

/** Six of ten go as they should. */
const WAYS: readonly ((stage: Stage) => Promise<void>)[] = [
  ...Array.from({ length: 6 }, () => connectedAndClosed),
  resetAtOnce,
  halfOpen,
  refusedAtOnce,
  resetWhenOpened,
]

async function connectedAndClosed({ fixture, driver, server, good }: Stage): Promise<void> {
  const harness = new Harness(fixture, driver, server)
  const client = await harness.open({ headers: bearer(good) })
  await client.next('hello')
  client.close()
  await client.whenClosed()
}

/** Before anybody could have looked at it. */
async function resetAtOnce({ driver, server, good }: Stage): Promise<void> {
  const socket = await rawSocket(server.port)
  socket.write(requestTextOf(driver, server.port, bearer(good)))
  socket.resetAndDestroy()
}

async function halfOpen({ driver, server, good }: Stage): Promise<void> {
  const socket = await rawSocket(server.port)
  socket.write(requestTextOf(driver, server.port, bearer(good)).slice(0, -2))
  socket.destroy()
}

async function refusedAtOnce({ driver, server, forged }: Stage): Promise<void> {
  const socket = await rawSocket(server.port)
  socket.write(requestTextOf(driver, server.port, bearer(forged)))
  const [answer] = (await once(socket, 'data')) as [Buffer] // of Node
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 401 /)
  socket.destroy()
}

async function resetWhenOpened({ driver, server, good }: Stage): Promise<void> {
  const socket = await rawSocket(server.port)
  socket.write(requestTextOf(driver, server.port, bearer(good)))
  await once(socket, 'data')
  socket.resetAndDestroy()
}

interface Measured {
  readonly timers: number
  readonly sockets: number
  readonly listeners: number
  /** Bytes. */
  readonly heap: number
}

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void // that is what the flag exposes

/** @param least - what there was before, to which it comes back: sockets take a moment to go */
async function measured(least?: Measured): Promise<Measured> {
  const now = (): Omit<Measured, 'heap'> => {
    const active = process.getActiveResourcesInfo()
    const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0)
    const countOf = (kind: RegExp): number => active.filter((one) => kind.test(one)).length
    return { timers: countOf(/^Timeout$/), sockets: countOf(/^TCPSocketWrap$/), listeners }
  }
  if (least !== undefined) {
    await until('no socket and no timer more than before', () => {
      const { timers, sockets } = now()
      return timers <= least.timers && sockets <= least.sockets
    })
  }
  // What is only reachable from finalizers and weak references goes with the second.
  for (let each = 0; each < 3; each++) {
    gc()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { ...now(), heap: process.memoryUsage().heapUsed }
}
