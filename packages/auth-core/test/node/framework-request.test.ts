import { describe, expect, it, vi } from 'vitest'
import { countTrustedByFastify, frameworkResourceRequest, warnOfIgnoredHops } from '../../src/node/framework-request.js'
import type { FrameworkRequest } from '../../src/node/framework-request.js'
import { faultOf } from '../support.js'

const express = {
  originalUrl: '/api/x?y',
  rawHeaders: ['Host', 'api.test'],
  headers: { host: 'api.test' },
  method: 'GET',
}

/** As an instance of Fastify keeps its settings: by symbols that it does not hand out. */
function instance(trustProxy: unknown, request?: unknown): object {
  return { [Symbol('fastify.options')]: { trustProxy }, [Symbol('fastify.Request')]: request }
}

/** What Fastify makes a request of, where `ips` ends with the first address that is not trusted. */
function requestOf(trusted: number): { new (): object } {
  class Request {
    get ips(): readonly string[] | undefined {
      const { raw } = this as unknown as { raw: { headers: Record<string, string>; socket: { remoteAddress: string } } } // the probe
      const sent = raw.headers['x-forwarded-for']?.split(', ').toReversed() ?? []
      return [raw.socket.remoteAddress, ...sent].slice(0, trusted + 1)
    }
  }
  return Request
}

describe('frameworkResourceRequest', () => {
  it("is of Express' request, or of the one that Fastify is around", () => {
    const ofExpress = frameworkResourceRequest(express)
    expect([ofExpress.target, ofExpress.method, ofExpress.rawHeaders]).toEqual(['/api/x?y', 'GET', express.rawHeaders])
    const raw = { ...express, method: 'POST' }
    const ofFastify = frameworkResourceRequest({ originalUrl: '/y', headers: express.headers, raw })
    expect([ofFastify.target, ofFastify.method, ofFastify.rawHeaders]).toEqual(['/y', 'POST', express.rawHeaders])
  })

  it('is of nothing else', async () => {
    const error = await faultOf(() => frameworkResourceRequest({ originalUrl: '/' }))
    expect([error.name, error.message]).toEqual(['TypeError', 'neither a request of Express nor one of Fastify'])
  })

  it.each<readonly [string, Partial<FrameworkRequest>, unknown]>([
    ['Fastify', { routeOptions: { url: '/items/:id' } }, '/items/:id'],
    ['Fastify, without a route', { routeOptions: {} }, undefined],
    ['Express', { route: { path: '/:id' }, baseUrl: '/items' }, '/items/:id'],
    ['Express, with a pattern', { route: { path: /x/ }, baseUrl: '/items' }, undefined],
    ['Express, in app.use()', { baseUrl: '/items' }, undefined],
    ['Express, with a route that is none', { route: 'x', baseUrl: '/items' }, undefined],
    ['Express, without a mount', { route: { path: '/:id' } }, undefined],
  ])('tells the route of %s', (_, parts, route) => {
    expect(frameworkResourceRequest({ ...express, ...parts }).route).toBe(route)
  })

  it('tells the id', () => {
    expect(frameworkResourceRequest({ ...express, id: 'req-1' }).requestId).toBe('req-1')
    expect(frameworkResourceRequest(express).requestId).toBe(undefined)
  })

  it('logs by what the request has, as its method, or by what the adapter gives', () => {
    const lines: unknown[] = []
    const logger = {
      name: 'own',
      info(line: string) {
        lines.push(['info', this.name, line])
      },
      warn(line: string) {
        lines.push(['warn', this.name, line])
      },
    }
    const { log } = frameworkResourceRequest({ ...express, log: logger })
    log?.('info', 'a')
    log?.('warn', 'b')
    const own = vi.fn<(level: string, line: string) => void>()
    frameworkResourceRequest({ ...express, log: logger }, { log: own }).log?.('info', 'c')
    expect(lines).toEqual([
      ['info', 'own', 'a'],
      ['warn', 'own', 'b'],
    ])
    expect(own.mock.calls).toEqual([['info', 'c']])
  })

  it.each([undefined, null, 'log', {}, { info: 1, warn: 1 }, { info: (): void => undefined }])(
    'has no log in %o',
    (log) => {
      expect(frameworkResourceRequest({ ...express, log }).log).toBe(undefined)
    },
  )

  it.each<readonly [string, Partial<FrameworkRequest>, number]>([
    ["Express' compiled setting", { app: { get: () => (_address: string, hop: number) => hop < 2 } }, 2],
    ['a setting of Fastify', { server: instance((_address: string, hop: number) => hop < 1) }, 1],
    ['one that a scope of Fastify inherits', { server: Object.create(instance(() => true)) as object }, 3],
    ['nothing', {}, 0],
    ['ips that are no list', { ips: 'x' as unknown as readonly string[] }, 0],
    ['an instance without settings', { server: {} }, 0],
    ['settings that are none', { server: { [Symbol('fastify.options')]: 'x' } }, 0],
  ])('counts trusted proxies by %s', (_, parts, hops) => {
    const chain = ['192.0.2.1', '192.0.2.2', '192.0.2.3']
    expect(frameworkResourceRequest({ ...express, ...parts }).trustedHops(chain)).toBe(hops)
  })

  it('counts them by the addresses that Fastify finds', () => {
    for (const trusted of [0, 1, 2]) {
      expect(countTrustedByFastify(new (requestOf(trusted))(), ['192.0.2.1', '192.0.2.2', '192.0.2.3'])).toBe(trusted)
    }
    expect(countTrustedByFastify(new (requestOf(0))(), [])).toBe(0)
  })
})

describe('warnOfIgnoredHops', () => {
  it.each<readonly [string, object, number]>([
    ['a number that is ignored', instance(1, requestOf(0)), 1],
    ['a number that is counted', instance(1, requestOf(1)), 0],
    ['none', instance(0, requestOf(0)), 0],
    ['addresses', instance('loopback', requestOf(0)), 0],
    ['an instance that makes no requests', instance(1), 0],
    ['requests without a prototype', instance(1, () => undefined), 0],
    ['something else', {}, 0],
  ])('of %s: %#', (_, server, count) => {
    const onEvent = vi.fn<(event: unknown) => void>()
    warnOfIgnoredHops(server, onEvent)
    expect(onEvent).toHaveBeenCalledTimes(count)
  })
})
