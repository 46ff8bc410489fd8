import { inspect } from 'node:util'

import { describe, expect, it } from 'vitest'

import { createFetch } from '../../src/index.js'
import type { AccessToken, AccessTokenSource, FetchOptions } from '../../src/index.js'
import { bearer } from '../support.js'
import { bound, refuse, source, wantsNonce, world } from './world.js'

describe('what the application hands in', () => {
  it.each([
    ['origins: none', {}],
    ['origins: an empty list', { origins: [] }],
    ['origins: text', { origins: 'https://api.example.com' }],
    ['origins: a path', { origins: ['https://api.example.com/v1'] }],
    ['origins: plain http', { origins: ['http://api.example.com'] }],
    ['origins: no URL', { origins: ['api.example.com'] }],
    ['origins: undefined', { origins: [undefined] }],
    ['waitAtMost: NaN', { origins: ['https://a.test'], waitAtMost: Number.NaN }],
    ['maxSends: 0', { origins: ['https://a.test'], maxSends: 0 }],
    ['a misspelt name', { origins: ['https://a.test'], maxSend: 3 }],
  ])('%s is refused', (_, options) => {
    expect(() => createFetch(source(bound), options as FetchOptions)).toThrow(
      expect.objectContaining({ reason: 'options_invalid' }),
    )
  })

  it('an option that is undefined is one that is not there', async () => {
    const none = { fetch: undefined, waitAtMost: undefined, maxSends: undefined, onEvent: undefined, now: undefined }
    const { origin } = await world((_request, response) => response.end('ok'))
    const options = { origins: [origin], ...none, sleep: undefined } as unknown as FetchOptions // as loose projects write
    expect(await (await createFetch(source(bound), options)(origin)).text()).toBe('ok')
  })

  it.each(['Authorization', 'DPoP'])('a header %s of its own is refused', async (name) => {
    const { call, origin } = await world(refuse(200, {}))
    await expect(call(origin, { headers: { [name]: 'x' } })).rejects.toMatchObject({ reason: 'options_invalid' })
  })

  it('a URL with credentials is refused, and not told', async () => {
    const { call, requests } = await world(refuse(200, {}))
    const error: unknown = await call('http://user:s3cret@127.0.0.1:9/').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ reason: 'options_invalid' })
    expect(inspect(error)).not.toContain('s3cret')
    expect(requests).toHaveLength(0)
  })

  it('a URL that is changed later leads nowhere else', async () => {
    const evil = await world(refuse(200, {}))
    const { call, origin, requests } = await world(refuse(200, {}))
    const url = new URL(origin)
    const running = call(url)
    url.href = evil.origin
    expect((await running).status).toBe(200)
    expect([requests.length, evil.requests.length]).toEqual([1, 0])
  })

  it('a source that fails is told as it is', async () => {
    const { call, origin } = await world(refuse(200, {}), {
      getAccessToken: () => Promise.reject(new Error('logged out')),
    })
    await expect(call(origin)).rejects.toThrow('logged out')
  })

  it('whoever gives up does not end the refresh of the others', async () => {
    let finish: (token: AccessToken) => void = () => undefined
    const slow = new Promise<AccessToken>((resolve) => (finish = resolve))
    const asked: AccessToken[] = []
    let current = Promise.resolve(bearer('old'))
    const tokens: AccessTokenSource = {
      getAccessToken: ({ refused } = {}) => {
        if (refused === undefined) return current
        asked.push(refused)
        return (current = slow)
      },
    }
    const { call, origin, requests } = await world((request, response) => {
      if (request.headers.authorization === 'Bearer new') response.end('done')
      else response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end()
    }, tokens)
    const stop = new AbortController()
    const [impatient, patient] = [call(origin, { signal: stop.signal }), call(origin)]
    while (requests.length < 2 || asked.length === 0) await new Promise((resolve) => setImmediate(resolve))
    stop.abort(new Error('enough'))
    await expect(impatient).rejects.toThrow('enough')
    finish(bearer('new'))
    expect(await (await patient).text()).toBe('done')
    expect(asked).toHaveLength(1)
  })

  it.each(['a b', 'a\nb', 'a\r\nx-admin: 1', 'Bearer a', 'sécret', '', ' ', 'a,b', '"a"'])(
    'a token %o is refused, and not told',
    async (value) => {
      for (const token of [bearer(value), { ...bound, value }]) {
        const { call, origin, requests } = await world(refuse(200, {}), source(token))
        const error: unknown = await call(origin).catch((thrown: unknown) => thrown)
        expect(error).toMatchObject({ reason: 'answer_invalid' })
        if (value.length > 1) expect(inspect(error)).not.toContain(value)
        expect(requests).toHaveLength(0)
      }
    },
  )

  it.each([
    () => {
      throw new Error('log')
    },
    () => Promise.reject(new Error('log')),
  ])('a listener that fails harms no call', async (onEvent) => {
    const { call, origin } = await world(refuse(401, wantsNonce('n')), source(bound), { onEvent })
    expect((await call(origin)).status).toBe(401)
  })

  it('a Request is sent as it is, its headers and its method', async () => {
    const { call, origin, requests } = await world((_request, response) => response.end('ok'))
    await call(new Request(`${origin}/x`, { method: 'DELETE', headers: { 'x-a': '1' } }), { headers: { 'x-b': '2' } })
    expect([requests[0]?.method, requests[0]?.headers['x-b'], requests[0]?.url]).toEqual(['DELETE', '2', '/x'])
  })
})
