import type { RequestListener, ServerResponse } from 'node:http'

import { describe, expect, it } from 'vitest'

import { proofOf } from '../support.js'
import { world } from './world.js'

describe('the clock of a server', () => {
  const refused =
    (date: string | undefined, more = {}): RequestListener =>
    (_request, response: ServerResponse) => {
      response.sendDate = false
      const headers = { 'www-authenticate': 'DPoP error="invalid_dpop_proof"', ...(date && { date }), ...more }
      response.writeHead(400, headers).end()
    }
  const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1000).toUTCString()

  it.each<[string, string | undefined, object]>([
    ['not told', undefined, {}],
    ['about ours', inSeconds(5), {}],
    ['more than a day away: it may collect proofs for later (RFC 9449 §11.2)', inSeconds(90_000), {}],
    ['of an answer from a cache', inSeconds(-3600), { age: '3600' }],
    ['garbage', 'yesterday', {}],
  ])('%s: the answer stands', async (_, date, more) => {
    const { call, origin, requests } = await world(refused(date, more))
    expect((await call(origin)).status).toBe(400)
    expect(requests).toHaveLength(1)
  })

  it('is used once it is known, and only for that server', async () => {
    const { call, origin, requests } = await world(refused(inSeconds(3600)))
    expect((await call(origin)).status).toBe(400)
    const [before, after] = requests.map((one) => Number(proofOf(one)['iat']))
    expect(Math.abs((after ?? 0) - (before ?? 0) - 3600)).toBeLessThan(5)
  })
})
