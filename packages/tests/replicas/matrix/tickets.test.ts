import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openWebSocket } from './clients.js'
import { buyTicket, endedBy, endsOf, startPair, whenClosed } from './pair.js'
import type { Pair } from './pair.js'

let pair: Pair
beforeAll(async () => {
  pair = await startPair()
})
afterAll(() => pair.close())

const open = (port: number, ticket: string): Promise<unknown> => openWebSocket(port, { ticket })
const REFUSED = new Error('Unexpected server response: 401')

describe('a ticket that was bought at one of two replicas', () => {
  it('opens a connection at the other, once', async () => {
    const { a, b } = pair
    const ticket = await buyTicket(a, await pair.token('ada'))
    const client = await openWebSocket(b.port, { ticket })
    await expect(open(b.port, ticket)).rejects.toEqual(REFUSED)
    await expect(open(a.port, ticket)).rejects.toEqual(REFUSED)
    expect(client.closed).toBeUndefined()
    client.close()
  })

  it('opens exactly one connection when it is used at both at once', async () => {
    const { a, b } = pair
    const token = await pair.token('ada')
    const tickets = await Promise.all(Array.from({ length: 50 }, (_, index) => buyTicket(index % 2 ? a : b, token)))
    for (const ticket of tickets) {
      const tried = await Promise.allSettled([a, b, a, b].map(({ port }) => openWebSocket(port, { ticket })))
      const opened = tried.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
      const refused = tried.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))
      expect([opened.length, refused]).toEqual([1, [REFUSED, REFUSED, REFUSED]])
      for (const client of opened) client.close()
    }
  })

  it('is worth nothing once its token was revoked at either, and a connection that it opened is closed', async () => {
    const { a, b, issuer } = pair
    const token = await pair.token('eve', { age: 60 })
    const [used, unused] = await Promise.all([buyTicket(a, token), buyTicket(a, token)])
    const client = await openWebSocket(b.port, { ticket: used })
    await a.revoke({ issuer: issuer.issuer, subject: 'eve' })
    await whenClosed([client])
    expect(endsOf([client])).toEqual(endedBy('AUTH_1018').slice(0, 1))
    await expect(open(b.port, unused)).rejects.toEqual(REFUSED)
    await expect(open(a.port, unused)).rejects.toEqual(REFUSED)
  })
})
