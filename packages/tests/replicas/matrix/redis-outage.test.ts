import { eventually } from '@acme/tests-servers'
import { afterEach, describe, expect, it } from 'vitest'

import { DURABLE } from '../test/world.js'
import { openWebSocket, toldOf } from './clients.js'
import type { Client } from './clients.js'
import { endedBy, endsOf, outcomeOf, startPair, stillOpen, whenClosed } from './pair.js'
import type { Pair } from './pair.js'

const REVOKED = '401 AUTH_1018'
const UNAVAILABLE = '503 SRV_5003'
const OUTAGE = 10 // seconds

let pair: Pair
afterEach(() => pair.close())

/** Connections at both replicas, and the token that opened them. */
async function connected(subject: string, lifetime = 3600): Promise<{ token: string; clients: Client[] }> {
  const token = await pair.token(subject, { age: 60, lifetime })
  return { token, clients: await pair.openAll(token) }
}

const revoke = (subject: string, replica = pair.a): Promise<void> =>
  replica.revoke({ issuer: pair.issuer.issuer, subject })

/** Of the replica that has heard of it. */
const atA = (clients: readonly Client[]): Client[] => clients.slice(0, 2)

describe.each([
  { how: 'killed, and started with all that it had', settings: DURABLE, freezes: false },
  { how: 'killed, and started with nothing', settings: [], freezes: false },
  { how: 'frozen, and gone on', settings: [], freezes: true },
])('Redis, $how, after ten seconds', ({ settings, freezes }) => {
  it('revokes all that was revoked, and closes nothing else', async () => {
    pair = await startPair(settings, { maxStaleness: 3 })
    const { redis, a, b, issuer } = pair
    const ada = await connected('ada')
    const bob = await connected('bob')
    const carol = await connected('carol')
    const brief = await connected('brief', 5)
    const eve = await connected('eve')
    await revoke('eve')
    await whenClosed(eve.clients)

    const goneAt = performance.now()
    if (freezes) redis.freeze()
    else await redis.kill()
    // Neither is lost: what one replica knows holds there at once.
    await expect(revoke('bob')).rejects.toThrow()
    await whenClosed(atA(bob.clients))
    const subject = { format: 'iss_sub', iss: issuer.issuer, sub: 'carol' }
    const event = await issuer.securityEvent({ subject })
    expect(await pair.push(event)).toBe('503')
    await whenClosed(atA(carol.clients))

    for (const { port } of [a, b]) {
      await eventually('503', async () => (await outcomeOf(port, ada.token)) === UNAVAILABLE, 20)
      await expect(openWebSocket(port, { token: ada.token })).rejects.toThrow('503')
    }
    expect(await pair.outcomes(eve.token)).toEqual([REVOKED, REVOKED])
    expect(await pair.outcomes(bob.token)).toEqual([REVOKED, UNAVAILABLE])
    // A renewal that cannot be judged leaves the connection as it was.
    const [webSocket] = ada.clients
    webSocket?.send('auth0.renew', { token: await pair.token('ada') })
    if (webSocket !== undefined) await toldOf(webSocket, 'auth0.refused')
    await whenClosed(brief.clients)
    expect(endsOf(brief.clients)).toEqual(endedBy('AUTH_1001'))
    await eventually('ten seconds', async () => performance.now() - goneAt > OUTAGE * 1000, 20)
    expect(stillOpen([...ada.clients, ...bob.clients, ...carol.clients])).toBe(8)

    if (freezes) redis.thaw()
    else await redis.start()
    for (const { port } of [a, b]) {
      await eventually('an answer', async () => (await outcomeOf(port, ada.token)) === '200', 20)
    }
    await whenClosed([...bob.clients, ...carol.clients])
    for (const { clients, token } of [bob, carol, eve]) {
      expect(endsOf(clients)).toEqual(endedBy('AUTH_1018'))
      expect(await pair.outcomes(token)).toEqual([REVOKED, REVOKED])
    }
    // The transmitter sends again what was answered with 503.
    expect(await pair.push(event)).toBe('202')
    webSocket?.send('auth0.renew', { token: await pair.token('ada') })
    if (webSocket !== undefined) await toldOf(webSocket, 'auth0.renewed')
    await revoke('nobody', b)
    expect(stillOpen(ada.clients)).toBe(4)
    expect(await pair.outcomes(ada.token)).toEqual(['200', '200'])
  })
})
