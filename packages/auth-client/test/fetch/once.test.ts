import type { RequestListener } from 'node:http'

import { describe, expect, it } from 'vitest'

import { proofOf } from '../support.js'
import { bound, source, wantsNonce, world } from './world.js'

describe('a body that can be sent once', () => {
  const body = (): ReadableStream => new Blob(['x']).stream()
  const init = (): RequestInit => ({ method: 'POST', body: body(), duplex: 'half' }) as RequestInit // `duplex` is of Node's

  async function methodsAt(listener: RequestListener, times: readonly number[]): Promise<unknown> {
    let now = 0
    const { call, origin, requests } = await world(listener, source(bound), { now: () => now })
    for (const time of times) {
      now = time
      await (await call(origin, init())).text()
    }
    return requests.map(({ method }) => method)
  }

  it('asks for a nonce before, once it may be stale again', async () => {
    const listener: RequestListener = (_request, response) => response.setHeader('dpop-nonce', 'n').end()
    expect(await methodsAt(listener, [1000, 1010, 1200])).toEqual(['HEAD', 'POST', 'POST', 'HEAD', 'POST'])
  })

  it('does not ask each time where there are none', async () => {
    const listener: RequestListener = (_request, response) => response.end()
    expect(await methodsAt(listener, [1000, 1010, 1100])).toEqual(['HEAD', 'POST', 'POST', 'HEAD', 'POST'])
  })

  it('waits for the nonce that another call asks for, by asking too', async () => {
    const { call, origin, requests } = await world((request, response) => {
      if (proofOf(request)['nonce'] === undefined) response.writeHead(401, wantsNonce('n')).end()
      else response.end('done')
    })
    const answers = await Promise.all([call(origin, init()), call(origin, init())])
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(requests.filter(({ method }) => method === 'POST')).toHaveLength(2)
  })

  it.each([307, 308])('is not sent again to where %i leads', async (status) => {
    const { call, origin, requests } = await world((request, response) => {
      if (request.url === '/' && request.method === 'POST') response.writeHead(status, { location: '/next' }).end()
      else response.end()
    })
    await expect(call(origin, init())).rejects.toMatchObject({ reason: 'redirect_refused' })
    expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual(['HEAD /', 'POST /'])
  })

  it('is not sent again, whatever the answer', async () => {
    const { call, origin, requests } = await world((request, response) => {
      if (request.method === 'HEAD') response.end()
      else response.writeHead(401, wantsNonce('late')).end()
    })
    expect((await call(origin, init())).status).toBe(401)
    expect(requests.map(({ method }) => method)).toEqual(['HEAD', 'POST'])
  })
})
