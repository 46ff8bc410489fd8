import type { RequestListener } from 'node:http'

import { describe, expect, it } from 'vitest'

import { createFetch } from '../../src/index.js'
import { bound, refuse, source, world } from './world.js'

describe('servers that ask for time', () => {
  const busyOnce = (status: number, retryAfter: string): RequestListener => {
    let count = 0
    return (_request, response) => {
      if (count++ > 0) response.end('done')
      else response.writeHead(status, { 'retry-after': retryAfter }).end()
    }
  }

  it.each([
    ['429', 429, 'GET'],
    ['429 to a POST, which was not done', 429, 'POST'],
    ['503', 503, 'GET'],
    ['503 to a PUT', 503, 'PUT'],
  ])('%s is waited for', async (_, status, method) => {
    const { call, origin, slept, events } = await world(busyOnce(status, '7'))
    expect(await (await call(origin, { method })).text()).toBe('done')
    expect(slept).toEqual([7])
    expect(events).toEqual([{ type: 'retry', cause: 'wait', status, origin, seconds: 7 }])
  })

  it.each([
    ['503 to a POST, which may have been done', 503, '1', 'POST'],
    ['longer than the budget', 429, '31', 'GET'],
    ['a year', 503, '31536000', 'GET'],
    ['garbage', 503, 'soon', 'GET'],
    ['nothing', 503, '', 'GET'],
  ])('%s is not', async (_, status, retryAfter, method) => {
    const { call, origin, slept } = await world(busyOnce(status, retryAfter))
    expect((await call(origin, { method })).status).toBe(status)
    expect(slept).toEqual([])
  })

  it('the past is now', async () => {
    const { call, origin, slept } = await world(busyOnce(503, new Date(0).toUTCString()))
    expect((await call(origin)).status).toBe(200)
    expect(slept).toEqual([0])
  })

  it('the budget is for all waits of a call together, and so are the sends', async () => {
    const { call, origin, slept } = await world(refuse(503, { 'retry-after': '12' }))
    expect((await call(origin)).status).toBe(503)
    expect(slept).toEqual([12, 12])
    const often = await world(refuse(503, { 'retry-after': '0' }))
    expect((await often.call(often.origin)).status).toBe(503)
    expect(often.requests).toHaveLength(4)
  })

  it('ends when the caller gives up', async () => {
    const stop = new AbortController()
    const { origin, requests } = await world(refuse(503, { 'retry-after': '5' }))
    // With the timer of the real one, which the signal ends.
    const call = createFetch(source(bound), { origins: [origin], onEvent: () => stop.abort(new Error('enough')) })
    await expect(call(origin, { signal: stop.signal })).rejects.toThrow('enough')
    expect(requests).toHaveLength(1)
  })
})
