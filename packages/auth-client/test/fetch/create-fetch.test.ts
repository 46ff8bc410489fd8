import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { inspect } from 'node:util'

import { describe, expect, it } from 'vitest'

import { createFetch, generateDpopKeyPair } from '../../src/index.js'
import type { AccessToken, AccessTokenSource, FetchEvent, FetchOptions, StepUp } from '../../src/index.js'
import { bearer, proofOf, serve } from '../support.js'

const keyPair = await generateDpopKeyPair()
const bound: AccessToken = { value: 'bound', type: 'DPoP', expiresAt: undefined, scopes: [], dpopKey: keyPair }

/** Hands out the tokens in turn, and the last one from then on. */
function source(...tokens: readonly AccessToken[]): AccessTokenSource {
  let next = 0
  return { getAccessToken: () => Promise.resolve(tokens[Math.min(next++, tokens.length - 1)] ?? bearer('t')) }
}

interface Seen {
  readonly call: typeof fetch
  readonly origin: string
  readonly requests: IncomingMessage[]
  readonly events: FetchEvent[]
  readonly slept: number[]
}

async function world(
  listener: RequestListener,
  tokens = source(bound),
  options: Partial<FetchOptions> = {},
): Promise<Seen> {
  const requests: IncomingMessage[] = []
  const events: FetchEvent[] = []
  const slept: number[] = []
  const origin = await serve((request, response) => {
    requests.push(request)
    listener(request, response)
  })
  const sleep = (seconds: number): Promise<void> => Promise.resolve(void slept.push(seconds))
  const call = createFetch(tokens, { origins: [origin], sleep, onEvent: (event) => events.push(event), ...options })
  return { call, origin, requests, events, slept }
}

/** Refuses each request in the same way. */
function refuse(status: number, headers: Readonly<Record<string, string>>): RequestListener {
  return (_request, response) => response.writeHead(status, headers).end('no')
}

const wantsNonce = (nonce: string): Record<string, string> => ({
  'www-authenticate': 'DPoP error="use_dpop_nonce"',
  'dpop-nonce': nonce,
})

const wantsLogin = refuse(401, {
  'www-authenticate': 'Bearer error="insufficient_user_authentication", acr_values="urn:example:mfa"',
})

describe('how often', () => {
  it('a nonce that is refused again is not tried again', async () => {
    let count = 0
    const { call, origin, requests } = await world((_request, response) => {
      response.writeHead(401, wantsNonce(`nonce-${++count}`)).end()
    })
    expect((await call(origin)).status).toBe(401)
    expect(requests.map((one) => proofOf(one)['nonce'])).toEqual([undefined, 'nonce-1'])
  })

  it.each<[string, number, Record<string, string>]>([
    ['no nonce', 401, { 'www-authenticate': 'DPoP error="use_dpop_nonce"' }],
    ['a nonce of another grammar (RFC 9449 §8.1)', 401, wantsNonce('a"b')],
    ['a nonce with a space', 401, wantsNonce('a b')],
    ['a nonce that is longer than any', 401, wantsNonce('n'.repeat(2000))],
    ['no challenge', 401, { 'dpop-nonce': 'n' }],
    ['another scheme', 401, { 'www-authenticate': 'Basic error="invalid_token"' }],
    ['an error that is unknown', 401, { 'www-authenticate': 'DPoP error="nope"' }],
    ['a challenge of another status', 402, wantsNonce('n')],
    ['a proof that is bad for no reason of the clock', 400, { 'www-authenticate': 'DPoP error="invalid_dpop_proof"' }],
    ['scopes without a name', 403, { 'www-authenticate': 'DPoP error="insufficient_scope"' }],
    ['a login without a wish', 401, { 'www-authenticate': 'DPoP error="insufficient_user_authentication"' }],
    ['a challenge inside of a quoted string', 401, { 'www-authenticate': 'Basic realm="DPoP error=invalid_token"' }],
  ])('%s: sent once', async (_, status, headers) => {
    const { call, origin, requests } = await world(refuse(status, headers))
    expect((await call(origin)).status).toBe(status)
    expect(requests).toHaveLength(1)
  })

  it('an API that refuses every token is asked twice', async () => {
    const { call, origin, requests } = await world(
      refuse(401, { 'www-authenticate': 'Bearer error="invalid_token"' }),
      source(bearer('a'), bearer('b'), bearer('c')),
    )
    expect((await call(origin)).status).toBe(401)
    expect(requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer a', 'Bearer b'])
  })

  it('an API that wants something else each time is asked four times', async () => {
    const wishes = [
      wantsNonce('n1'),
      { 'www-authenticate': 'DPoP error="invalid_token"' },
      { 'www-authenticate': 'DPoP error="insufficient_scope", scope="a"' },
      { 'www-authenticate': 'DPoP error="insufficient_user_authentication", acr_values="x"' },
      { 'www-authenticate': 'DPoP error="invalid_dpop_proof"', date: new Date(0).toUTCString() },
    ]
    let at = 0
    const tokens = { ...source(bound), stepUp: () => Promise.resolve(bound) }
    const { call, origin, requests } = await world(
      (_request, response) => response.writeHead(401, wishes[at++ % wishes.length]).end(),
      tokens,
    )
    expect((await call(origin)).status).toBe(401)
    expect(requests).toHaveLength(4)
  })

  it('of two challenges, that of the scheme that was used counts', async () => {
    const both = 'Bearer error="invalid_token", DPoP error="use_dpop_nonce"'
    const { call, origin, events } = await world((request, response) => {
      if (proofOf(request)['nonce'] === 'n') response.end()
      else response.writeHead(401, { 'www-authenticate': both, 'dpop-nonce': 'n' }).end()
    })
    expect((await call(origin)).status).toBe(200)
    expect(events.map(({ cause }) => cause)).toEqual(['nonce'])
  })

  it('a refresh that failed is tried again by the next call', async () => {
    let refreshes = 0
    const getAccessToken: AccessTokenSource['getAccessToken'] = async ({ refused } = {}) => {
      if (refused === undefined) return bearer('old')
      if (++refreshes === 1) throw new Error('the issuer is down')
      return bearer('new')
    }
    const { call, origin } = await world(
      (request, response) => {
        if (request.headers.authorization === 'Bearer new') response.end('done')
        else response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end()
      },
      { getAccessToken },
    )
    await expect(call(origin)).rejects.toThrow('the issuer is down')
    expect(await (await call(origin)).text()).toBe('done')
  })

  it('scopes that the token has are no reason to authorise again', async () => {
    let steps = 0
    const stepUp = (): Promise<AccessToken> => Promise.resolve(bearer(`t${++steps}`, ['a', 'b']))
    const { call, origin, requests } = await world(
      refuse(403, { 'www-authenticate': 'Bearer error="insufficient_scope", scope="b a"' }),
      { ...source(bearer('t', ['a', 'b', 'c'])), stepUp },
    )
    for (let i = 0; i < 3; i++) expect((await call(origin)).status).toBe(403)
    expect([steps, requests.length]).toEqual([0, 3])
  })

  it('a token that was refreshed meanwhile is no stronger login', async () => {
    const steps: string[] = []
    const stepUp = ({ token }: StepUp): Promise<AccessToken> => (
      steps.push(token.value),
      Promise.resolve(bearer('strong'))
    )
    const { call, origin, requests } = await world(
      (request, response) => {
        if (request.headers.authorization === 'Bearer strong') response.end('done')
        else wantsLogin(request, response)
      },
      { ...source(bearer('old'), bearer('refreshed')), stepUp },
    )
    expect(await (await call(origin)).text()).toBe('done')
    expect([steps, requests.length]).toEqual([['old'], 2])
  })

  it('a login that another call had done is not done again', async () => {
    const tokens = [bearer('old'), bearer('old')]
    let steps = 0
    const stepUp = (): Promise<AccessToken> => {
      steps++
      tokens.fill(bearer('strong'))
      return Promise.resolve(bearer('strong'))
    }
    const late: (() => void)[] = []
    const { call, origin } = await world(
      (request, response) => {
        if (request.headers.authorization === 'Bearer strong') response.end('done')
        else if (request.url === '/late') late.push(() => wantsLogin(request, response))
        else wantsLogin(request, response)
      },
      { getAccessToken: () => Promise.resolve(tokens[0] ?? bearer('')), stepUp },
    )
    const slow = call(`${origin}/late`)
    while (late.length === 0) await new Promise((resolve) => setImmediate(resolve))
    expect(await (await call(origin)).text()).toBe('done')
    late[0]?.()
    expect(await (await slow).text()).toBe('done')
    expect(steps).toBe(1)
  })

  it('nobody gets the token that another user logged in for', async () => {
    const users = ['ann', 'bob']
    let next = 0
    const stepUp = async ({ token }: StepUp): Promise<AccessToken> => {
      await new Promise((resolve) => setImmediate(resolve))
      return bearer(`${token.value}-strong`)
    }
    const { call, origin } = await world(
      (request, response) => {
        if (request.headers.authorization?.endsWith('-strong') === true) response.end(request.headers.authorization)
        else wantsLogin(request, response)
      },
      { getAccessToken: () => Promise.resolve(bearer(users[next++] ?? '')), stepUp },
    )
    const answers = await Promise.all([call(origin), call(origin)])
    expect(await Promise.all(answers.map((one) => one.text()))).toEqual(['Bearer ann-strong', 'Bearer bob-strong'])
  })

  it.each(['use_dpop_nonce', 'invalid_dpop_proof'])('%s to a Bearer token is the answer', async (error) => {
    const headers = { 'www-authenticate': `DPoP error="${error}"`, 'dpop-nonce': 'n', date: new Date(0).toUTCString() }
    const { call, origin, requests } = await world(refuse(401, headers), source(bearer('t')))
    expect((await call(origin)).status).toBe(401)
    expect(requests).toHaveLength(1)
  })

  it('a source that cannot step up is not asked to', async () => {
    const { call, origin, requests } = await world(
      refuse(403, { 'www-authenticate': 'Bearer error="insufficient_scope", scope="a"' }),
      source(bearer('t')),
    )
    expect((await call(origin)).status).toBe(403)
    expect(requests).toHaveLength(1)
  })

  it('a step that fails is an error, not the answer', async () => {
    const failing = { ...source(bearer('t')), stepUp: () => Promise.reject(new Error('the user said no')) }
    const { call, origin } = await world(
      refuse(403, { 'www-authenticate': 'Bearer error="insufficient_scope", scope="a"' }),
      failing,
    )
    await expect(call(origin)).rejects.toThrow('the user said no')
  })
})

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
    const { call, origin } = await world(refuse(503, { 'retry-after': '5' }), source(bound), {
      sleep: undefined as never,
    })
    const { origin: real } = await world(refuse(503, { 'retry-after': '5' }))
    const patient = createFetch(source(bound), { origins: [real] })
    setTimeout(() => stop.abort(new Error('enough')), 50)
    await expect(patient(real, { signal: stop.signal })).rejects.toThrow('enough')
    expect([typeof call, origin]).toBeTruthy()
  })
})

describe('other origins', () => {
  const trap = async (): Promise<{ origin: string; requests: IncomingMessage[] }> => {
    const requests: IncomingMessage[] = []
    const origin = await serve((request, response) => {
      requests.push(request)
      response.end('elsewhere')
    })
    return { origin, requests }
  }
  const to =
    (status: number, location: string): RequestListener =>
    (request, response) => {
      if (request.url === '/') response.writeHead(status, { location }).end()
      else response.end(`${request.method} ${request.url}`)
    }

  it.each([301, 302, 303, 307, 308])('%i to another origin goes there without the token', async (status) => {
    const other = await trap()
    const { call } = await world(to(status, other.origin))
    const { origin } = await world(to(status, `${other.origin}/file`))
    const own = createFetch(source(bound), { origins: [origin] })
    expect(await (await own(`${origin}/`)).text()).toBe('elsewhere')
    const [seen] = other.requests
    expect([seen?.headers.authorization, seen?.headers['dpop'], seen?.url]).toEqual([undefined, undefined, '/file'])
    expect(typeof call).toBe('function')
  })

  it('not even where tokens may go to that origin', async () => {
    const other = await trap()
    const { origin } = await world(to(302, other.origin))
    await createFetch(source(bound), { origins: [origin, other.origin] })(`${origin}/`)
    expect(other.requests[0]?.headers.authorization).toBeUndefined()
  })

  it.each([307, 308])('%i of a POST to another origin is refused: what is in it is for the API', async (status) => {
    const other = await trap()
    const { call, origin } = await world(to(status, other.origin))
    await expect(call(`${origin}/`, { method: 'POST', body: 'x' })).rejects.toMatchObject({
      reason: 'redirect_refused',
    })
    expect(other.requests).toEqual([])
  })

  it.each([
    [301, 'GET', 'GET /next'],
    [302, 'POST', 'GET /next'],
    [303, 'POST', 'GET /next'],
    [303, 'PUT', 'GET /next'],
    [307, 'POST', 'POST /next'],
    [308, 'PUT', 'PUT /next'],
  ])('%i of a %s on the same origin: %s, with a proof of its own', async (status, method, expected) => {
    const { call, origin, requests } = await world(to(status, '/next?x=1'))
    const response = await call(`${origin}/`, { method, ...(method !== 'GET' && { body: 'x' }) })
    expect(await response.text()).toBe(`${expected}?x=1`)
    expect(proofOf(requests[1] as IncomingMessage)).toMatchObject({
      htu: `${origin}/next`,
      htm: expected.split(' ')[0],
    })
    expect(requests[1]?.headers.authorization).toBe('DPoP bound')
  })

  it.each([
    ['to nowhere', 'http://'],
    ['to a script', 'javascript:alert(1)'],
    ['to a file', 'file:///etc/passwd'],
    ['to TLS, of which the API knows nothing', 'https://127.0.0.1:1/'],
    ['with credentials', 'http://user:secret@127.0.0.1:1/'],
  ])('a redirect %s is refused', async (_, location) => {
    const { call, origin } = await world(to(302, location))
    await expect(call(`${origin}/`)).rejects.toMatchObject({ reason: 'redirect_refused' })
  })

  it.each([false, true])('what told of the body goes with it (RFC 9110 §15.4), of a Request: %s', async (asRequest) => {
    const { call, origin, requests } = await world((request, response) => {
      if (request.method === 'POST') response.writeHead(303, { location: '/next' }).end()
      else response.end()
    })
    const headers = { 'content-type': 'text/plain', 'content-language': 'en', 'x-kept': '1' }
    const init = { method: 'POST', body: 'x', headers }
    await (asRequest ? call(new Request(origin, init)) : call(origin, init))
    const followed = requests.at(-1)?.headers
    expect([followed?.['content-type'], followed?.['content-language'], followed?.['x-kept']]).toEqual([
      undefined,
      undefined,
      '1',
    ])
  })

  it('a circle of redirects ends', async () => {
    const { call, origin, requests } = await world((request, response) => {
      response.writeHead(302, { location: `${request.url}x` }).end()
    })
    await expect(call(origin)).rejects.toMatchObject({ reason: 'redirect_refused' })
    expect(requests).toHaveLength(6)
  })

  it('the caller may want to see redirects, or none', async () => {
    const { call, origin } = await world(to(302, '/next'))
    expect((await call(`${origin}/`, { redirect: 'manual' })).status).toBe(302)
    await expect(call(`${origin}/`, { redirect: 'error' })).rejects.toMatchObject({ reason: 'redirect_refused' })
  })

  it.each(['https://evil.example.com/', 'http://127.0.0.1:1/', 'http://localhost/'])(
    'a call to %s, which is not listed, is refused before anything is sent',
    async (url) => {
      const { call } = await world(refuse(200, {}))
      await expect(call(url)).rejects.toMatchObject({ reason: 'origin_refused', code: 'VAL_2003' })
    },
  )

  it('a nonce of one server is not sent to another', async () => {
    const answer =
      (nonce: string): RequestListener =>
      (_request, response) =>
        void response.writeHead(200, { 'dpop-nonce': nonce }).end()
    const requests: IncomingMessage[] = []
    const a = await serve((request, response) => (requests.push(request), answer('of-a')(request, response)))
    const b = await serve((request, response) => (requests.push(request), answer('of-b')(request, response)))
    const call = createFetch(source(bound), { origins: [a, b] })
    for (const origin of [a, b, a, b]) await call(origin)
    expect(requests.map((one) => proofOf(one)['nonce'])).toEqual([undefined, undefined, 'of-a', 'of-b'])
  })
})

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

  it.each(['Authorization', 'DPoP'])('a header %s of its own is refused', async (name) => {
    const { call, origin } = await world(refuse(200, {}))
    await expect(call(origin, { headers: { [name]: 'x' } })).rejects.toMatchObject({ reason: 'options_invalid' })
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
