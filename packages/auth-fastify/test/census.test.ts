import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import fastifyAuth from '@fastify/auth'
import fastify from 'fastify'
import type { FastifyInstance, FastifyServerOptions } from 'fastify'
import { describe, expect, it, onTestFinished, vi } from 'vitest'

import { expectCensus, routeCensus } from '../src/census.js'
import { printedRoutes } from '../src/printed-routes.js'
import { auth0Plugin, publicRoute } from '../src/index.js'
import { createApp, serve } from './serve.js'

const OPTIONS = { issuer: 'https://issuer.test/', audience: 'https://api.test/' }
const ANY = 'any valid token'
const answer = async (): Promise<string> => 'open'
const mayAnswer = async (): Promise<void> => undefined

/** Rows as `METHOD path access`, with what they need, or why they are open. */
function linesOf(app: FastifyInstance): readonly string[] {
  return routeCensus(app).map(({ method, path, access, needs, reason }) =>
    [method, path, access, needs ?? reason ?? ''].join(' ').trim(),
  )
}

type Case = readonly [
  name: string,
  build: (app: FastifyInstance) => unknown,
  lines: readonly string[],
  server?: FastifyServerOptions,
]

const cases: readonly Case[] = [
  ['nothing', () => undefined, []],
  ['a planted open route', (app) => app.get('/x', answer), ['GET /x open']],
  [
    'a guarded one',
    (app) => app.get('/x', { onRequest: app.requireAuth('a b') }, answer),
    ['GET /x guarded scopes a b'],
  ],
  [
    'a guard in a list',
    (app) => app.get('/x', { preHandler: [mayAnswer, app.requireAuth()] }, answer),
    [`GET /x guarded ${ANY}`],
  ],
  [
    'a guard before validation',
    (app) => app.get('/x', { preValidation: app.requireAuth() }, answer),
    [`GET /x guarded ${ANY}`],
  ],
  ['an optional guard', (app) => app.get('/x', { onRequest: app.optionalAuth() }, answer), ['GET /x optional']],
  ['a public route', (app) => app.get('/x', { onRequest: publicRoute(' health ') }, answer), ['GET /x public health']],
  ['a guard behind the handler', (app) => app.get('/x', { onResponse: app.requireAuth() }, answer), ['GET /x open']],
  ['a guard before sending', (app) => app.get('/x', { onSend: app.requireAuth() }, answer), ['GET /x open']],
  [
    'several methods',
    (app) => app.route({ method: ['GET', 'POST'], url: '/x', handler: answer }),
    ['GET /x open', 'POST /x open'],
  ],
  ['all methods', (app) => app.all('/x', { onRequest: app.requireAuth() }, answer), [`ALL /x guarded ${ANY}`]],
  [
    'patterns',
    (app) => app.get('/x/:id(^\\d+$)/*', answer).get('/y/:a-:b', answer),
    ['GET /x/:id(^\\d+$)/* open', 'GET /y/:a-:b open'],
  ],
  [
    'HEAD of its own',
    (app) => app.head('/x', answer).get('/x', { onRequest: app.requireAuth() }, answer),
    [`GET /x guarded ${ANY}`, 'HEAD /x open'],
  ],
  [
    'a guard for all',
    (app) => app.addHook('onRequest', app.requireAuth()).get('/x', answer),
    [`GET /x guarded ${ANY}`],
  ],
  [
    'a guard for all, added later',
    (app) => app.get('/x', answer).addHook('onRequest', app.requireAuth()),
    [`GET /x guarded ${ANY}`],
  ],
  [
    'guards that add up',
    (app) => app.addHook('onRequest', app.requireAuth('a')).get('/x', { preHandler: app.requireAuth('b') }, answer),
    ['GET /x guarded scope a; scope b'],
  ],
  [
    'a public route behind a guard',
    (app) => app.addHook('onRequest', app.requireAuth()).get('/x', { onRequest: publicRoute('why') }, answer),
    [`GET /x guarded ${ANY}`],
  ],
  [
    'a guard of an instance',
    (app) =>
      app.get('/x', answer).register(
        async (inner) => {
          inner.addHook('onRequest', inner.requireAuth())
          inner.get('/y', answer)
          await inner.register(async (innermost) => innermost.get('/z', answer), { prefix: '/:id' })
        },
        { prefix: '/a' },
      ),
    [`GET /a/:id/z guarded ${ANY}`, `GET /a/y guarded ${ANY}`, 'GET /x open'],
  ],
  [
    'the guard of another instance',
    (app) =>
      app
        .register(async (inner) => void inner.addHook('onRequest', inner.requireAuth()))
        .register(async (inner) => void inner.get('/x', answer)),
    ['GET /x open'],
  ],
  [
    'the root of a prefix',
    (app) =>
      app.register(async (inner) => void inner.get('/', { onRequest: app.requireAuth() }, answer), { prefix: '/p' }),
    [`GET /p guarded ${ANY}`, `GET /p/ guarded ${ANY}`],
  ],
  [
    'constraints',
    (app) =>
      app
        .get('/x', { constraints: { host: 'a.test' }, onRequest: app.requireAuth() }, answer)
        .get('/x', { constraints: { version: '1.2.0' } }, answer),
    [`GET /x (host a.test) guarded ${ANY}`, 'GET /x (version 1.2.0) open'],
  ],
  [
    'URLs of any case and slash',
    (app) => app.get('/Foo/', { onRequest: app.requireAuth() }, answer),
    [`GET /Foo/ guarded ${ANY}`],
    { routerOptions: { caseSensitive: false, ignoreTrailingSlash: true } },
  ],
  [
    'a guard that another plugin adds',
    (app) => app.addHook('onRoute', (route) => void (route.onRequest = app.requireAuth())).get('/x', answer),
    [`GET /x guarded ${ANY}`],
  ],
]

describe('a census of Fastify', () => {
  it.each(cases.map(([name, build, lines, server = {}]) => [name, build, lines, server] as const))(
    '%s',
    async (_name, build, lines, server) => {
      const app = await createApp(OPTIONS, server)
      build(app)
      await app.ready()
      expect(linesOf(app)).toEqual(lines)
      await expectTruth(app)
    },
  )

  it('lists routes that were declared before the plugin as unseen', async () => {
    const app = fastify()
    app
      .get('/early', answer)
      .all('/w/*', answer)
      .get('/c', { constraints: { host: 'a.test' } }, answer)
    await app.register(auth0Plugin, OPTIONS)
    app.get('/late', { onRequest: app.requireAuth() }, answer)
    await app.ready()
    const lines = linesOf(app)
    expect(lines).toContain('GET /early unseen')
    expect(lines).toContain('POST /w/* unseen')
    expect(lines).toContain('GET /c (host a.test) unseen')
    expect(lines).toContain(`GET /late guarded ${ANY}`)
  })

  it('lists routes of instances that the plugin is not for as unseen', async () => {
    const app = fastify()
    app.register(async (inner) => {
      await inner.register(auth0Plugin, OPTIONS)
      inner.get('/seen', { onRequest: inner.requireAuth() }, answer)
    })
    app.register(async (inner) => void inner.get('/other', answer))
    await app.ready()
    expect(linesOf(app)).toEqual(['GET /other unseen', `GET /seen guarded ${ANY}`])
  })

  it('has all routes as unseen without the plugin', async () => {
    const app = fastify().get('/x', answer)
    await app.ready()
    expect(linesOf(app)).toEqual(['GET /x unseen'])
  })

  it('tells early and late routes apart by case, where the router does', async () => {
    const app = fastify().get('/X', answer)
    await app.register(auth0Plugin, OPTIONS)
    app.get('/x', { onRequest: app.requireAuth() }, answer)
    await app.ready()
    expect(linesOf(app)).toEqual(['GET /X unseen', `GET /x guarded ${ANY}`])
  })

  it('does not look into what @fastify/auth makes', async () => {
    const app = await createApp(OPTIONS)
    await app.register(fastifyAuth)
    app.get('/x', { preHandler: app.auth([app.requireAuth()]) }, answer)
    await app.ready()
    expect(linesOf(app)).toEqual(['GET /x open'])
  })

  it('refuses an application that is not ready', async () => {
    const app = await createApp(OPTIONS)
    expect(() => routeCensus(app)).toThrow(/want await app\.ready\(\) before it/)
    await app.ready()
    expect(routeCensus(app)).toEqual([])
  })
})

describe('printed routes', () => {
  it('are those of the tree', async () => {
    const urls = ['/', '/a', '/ab', '/a/:id', '/a/:id/b', '/w/*', '/r/:x(^\\d+$).json', '/f/a-b (GET)']
    const app = fastify()
    for (const url of urls) app.get(url, answer)
    expect(
      printedRoutes(app.printRoutes())
        .map(({ url }) => url)
        .toSorted(),
    ).toEqual(urls.toSorted())
  })

  it('are none of what is no tree', () => {
    for (const tree of ['', '(empty tree)', 'GET /x', '\n\n']) expect(printedRoutes(tree)).toEqual([])
  })
})

/** Requests each row without a token: guarded ones are 401, those that are open on purpose are not. */
async function expectTruth(app: FastifyInstance): Promise<void> {
  const port = await serve(app)
  for (const { method, path, access } of routeCensus(app)) {
    if (path.endsWith(')')) continue
    const concrete = path.replace(/:\w+/g, '1').replace(/\*/g, 'rest')
    const { status } = await fetch(`http://127.0.0.1:${port}${concrete}`, { method: method === 'ALL' ? 'PUT' : method })
    if (access === 'guarded') expect([method, path, status]).toEqual([method, path, 401])
    else if (access === 'public' || access === 'optional')
      expect([method, path, status]).not.toEqual([method, path, 401])
  }
}

describe('the reviewed file', () => {
  it('refuses a planted open route', async () => {
    // It is not written there.
    vi.stubEnv('CI', '')
    const file = join(mkdtempSync(join(tmpdir(), 'census-')), 'census.json')
    onTestFinished(() => {
      vi.unstubAllEnvs()
      rmSync(file)
    })
    const first = await createApp(OPTIONS)
    first.get('/x', { onRequest: publicRoute('why') }, answer)
    await first.ready()
    expectCensus(first, file, { update: true })
    expectCensus(first, file)
    const second = await createApp(OPTIONS)
    second.get('/x', { onRequest: publicRoute('why') }, answer).get('/planted', answer)
    await second.ready()
    expect(() => expectCensus(second, file)).toThrow(/not guarded as it was reviewed.*\n {2}GET \/planted: open\n/)
  })

  it('has a reason for each open route', () => {
    expect(() => publicRoute('')).toThrow(/^publicRoute: got no reason/)
  })
})
