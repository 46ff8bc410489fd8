import { describe, expect, it } from 'vitest'

import type { AccessToken, AccessTokenSource, StepUp } from '../../src/index.js'
import { bearer, proofOf } from '../support.js'
import { bound, refuse, source, wantsLogin, wantsNonce, world } from './world.js'

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
    const tokens = { ...source(bound, { ...bound, value: 'another' }), stepUp: () => Promise.resolve(bound) }
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
