import { afterEach, describe, expect, it, vi } from 'vitest'
import { countTrusted, compileTrustProxy } from '../../src/node/trust-proxy.js'
import type { TrustFunction, TrustProxy } from '../../src/node/trust-proxy.js'
import type { ResourceRequest } from '../../src/request/resource-request.js'
import { createResourceServer } from '../../src/resource-server.js'
import { AUDIENCE, bearer, createWorld, request } from '../support.js'
import type { RequestParts } from '../support.js'

const world = await createWorld()
const { issuer, warnings } = world

afterEach(() => {
  warnings.length = 0
  vi.restoreAllMocks()
})

const FORWARDED: RequestParts = { headers: ['X-Forwarded-Proto', 'https'] }

async function dpop(trusts: TrustFunction, parts: RequestParts = FORWARDED): Promise<ResourceRequest> {
  const made = await world.dpopRequest({}, parts)
  return { ...made, proxySetting: 'the setting', trustedHops: (chain) => countTrusted(chain, trusts) }
}

const EVERY = {
  type: 'warning',
  code: 'every_proxy_trusted',
  detail:
    'every proxy is trusted by the setting and publicOrigins is not set: any client can say which URL it addressed. Name the proxies, or set publicOrigins',
}

describe('every proxy is trusted', () => {
  it.each<[TrustProxy]>([[true], [() => true], ['0.0.0.0/0'], ['::/0'], [['loopback', '0.0.0.0/0']], [1000]])(
    'by %o: warns once',
    async (option) => {
      const server = world.serve()
      const trusts = compileTrustProxy(option)
      const parts = { ...FORWARDED, ...(option === '::/0' && { peer: '2001:db8::7' }) }
      for (let count = 0; count < 3; count++)
        expect(await server.authenticate(await dpop(trusts, parts))).toMatchObject({ ok: true })
      expect(warnings).toEqual([EVERY])
    },
  )

  it.each<[TrustProxy]>([
    [false],
    [0],
    [1],
    [2],
    [10],
    ['loopback'],
    ['loopback, linklocal, uniquelocal'],
    ['203.0.113.0/24'],
    ['2001:db8::1'],
    ['0.0.0.0/1'],
    [(_address, hop) => hop < 1],
    [
      () => {
        throw new Error('what address is that?')
      },
    ],
  ])('is not what %o says', async (option) => {
    const server = world.serve()
    const trusts = compileTrustProxy(option)
    const judge: TrustFunction = (address, hop) => (address === '192.0.2.1' && hop === 0 ? false : trusts(address, hop))
    await server.authenticate(await dpop(typeof option === 'function' ? judge : trusts))
    expect(warnings).toEqual([])
  })

  it('is not what a function says that throws for other addresses, nor is the request its victim', async () => {
    const trusts: TrustFunction = (address, hop) => {
      if (hop > 0) throw new Error(`what is ${address}?`)
      return true
    }
    expect(await world.serve().authenticate(await dpop(trusts))).toMatchObject({ ok: true })
    expect(warnings).toEqual([])
  })

  it('is nothing to warn of with publicOrigins', async () => {
    const server = world.serve({ publicOrigins: ['https://api.test'] })
    await server.authenticate(await dpop(() => true))
    expect(warnings).toEqual([])
  })

  it('is found out with the first request that came through a trusted proxy, and not before', async () => {
    const server = world.serve()
    const asked: string[] = []
    const trusts: TrustFunction = (address) => asked.push(address) > 0
    await server.authenticate(await dpop(trusts, {}))
    await server.authenticate(bearer(await issuer.accessToken(), FORWARDED))
    await server.authenticate(request(FORWARDED))
    expect([asked, warnings]).toEqual([[], []])
    await server.authenticate(await dpop(trusts))
    expect(warnings).toEqual([EVERY])
  })

  it('is found out although that request is refused', async () => {
    await world.serve().authenticate(await dpop(() => true, { headers: ['X-Forwarded-Host', 'evil.test'] }))
    expect(warnings).toEqual([EVERY])
  })

  it('is reported by each resource server', async () => {
    for (const server of [world.serve(), world.serve()]) await server.authenticate(await dpop(() => true))
    expect(warnings).toEqual([EVERY, EVERY])
  })
})

describe('without onEvent', () => {
  const serve = (): ReturnType<typeof createResourceServer> =>
    createResourceServer({ issuer: issuer.issuer, audience: AUDIENCE, fetch: issuer.fetch }, { now: world.clock.now })

  it('the process warns, once', async () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockReturnValue()
    const server = serve()
    for (let count = 0; count < 2; count++) await server.authenticate(await dpop(() => true))
    expect(emitWarning.mock.calls).toEqual([[EVERY.detail, { type: 'AuthWarning', code: EVERY.code }]])
  })

  it.each([undefined, {}])('a runtime whose process is %o goes on', async (process) => {
    const server = serve()
    const made = await dpop(() => true)
    vi.stubGlobal('process', process)
    const outcome = await server.authenticate(made).finally(() => vi.unstubAllGlobals())
    expect(outcome.ok).toBe(true)
  })

  it('a hook that throws changes nothing', async () => {
    const server = world.serve({
      onEvent: () => {
        throw new Error('the log is full')
      },
    })
    expect((await server.authenticate(await dpop(() => true))).ok).toBe(true)
  })
})
