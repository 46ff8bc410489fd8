import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Hono } from 'hono'
import type { Handler, MiddlewareHandler } from 'hono'
import { every } from 'hono/combine'
import { cors } from 'hono/cors'
import { LinearRouter } from 'hono/router/linear-router'
import { PatternRouter } from 'hono/router/pattern-router'
import { TrieRouter } from 'hono/router/trie-router'
import { describe, expect, it, onTestFinished, vi } from 'vitest'

import { createAuth as createBearerAuth, publicRoute as publicBearerRoute } from '../src/bearer.js'
import { expectCensus, routeCensus } from '../src/census.js'
import { createAuth, publicRoute } from '../src/index.js'
import { serve } from './serve.js'

const OPTIONS = { issuer: 'https://issuer.test/', audience: 'https://api.test/' }
const auth = createAuth(OPTIONS)
const guard = auth.requireAuth()
const answer: Handler = (c) => c.text('open')
const mayPass: MiddlewareHandler = (_c, next) => next()
const answers: MiddlewareHandler = async (c, _next) => c.text('open')
const ANY = 'any valid token'

/** Rows as `METHOD path access`, with what they need, or why they are open. */
function linesOf(app: Hono): readonly string[] {
  return routeCensus(app).map(({ method, path, access, needs, reason }) =>
    [method, path, access, needs ?? reason ?? ''].join(' ').trim(),
  )
}

const withError = (app: Hono): Hono => app.onError((error, c) => c.text(String(error), 401))

type Case = readonly [name: string, build: (app: Hono) => unknown, lines: readonly string[]]

const cases: readonly Case[] = [
  ['nothing', () => undefined, []],
  ['a planted open route', (app) => app.get('/x', answer), ['GET /x open']],
  ['a guarded one', (app) => app.get('/x', auth.requireAuth('a b'), answer), ['GET /x guarded scopes a b']],
  [
    'a guard of the entry for Bearer tokens',
    (app) => app.get('/x', createBearerAuth(OPTIONS).requireAuth('a'), answer),
    ['GET /x guarded scope a'],
  ],
  [
    'guards that add up',
    (app) =>
      app
        .use(guard)
        .use('/x/*', auth.requireAuth('a'))
        .get('/x', auth.requireAuth({ permissions: 'p' }), answer),
    ['GET /x guarded scope a; permission p'],
  ],
  ['an optional guard', (app) => app.get('/x', auth.optionalAuth(), answer), ['GET /x optional']],
  ['a public route', (app) => app.get('/x', publicRoute(' health '), answer), ['GET /x public health']],
  [
    'a public route of the other entry',
    (app) => app.get('/x', publicBearerRoute('why'), answer),
    ['GET /x public why'],
  ],
  [
    'a public route behind a guard',
    (app) => app.use(guard).get('/x', publicRoute('why'), answer),
    [`GET /x guarded ${ANY}`],
  ],
  ['a guard behind the handler', (app) => app.get('/x', answer, guard), ['GET /x open']],
  ['a guard behind one that takes next', (app) => app.get('/x', answers, guard), ['GET /x open']],
  ['a guard behind what may answer', (app) => app.get('/x', answers, guard, answer), ['GET /x unseen']],
  ['a second route of a path', (app) => app.get('/x', answers).get('/x', guard, answer), ['GET /x unseen']],
  ['a guard that comes later', (app) => app.get('/x', answer).use(guard), ['GET /x open']],
  ['a guard on another path', (app) => app.use('/y/*', guard).get('/x', answer), ['GET /x open']],
  ['a guard on a path that begins alike', (app) => app.use('/ap/*', guard).get('/api', answer), ['GET /api open']],
  [
    'a guard on the path alone',
    (app) => app.use('/x', guard).get('/x', answer).get('/x/y', answer),
    [`GET /x guarded ${ANY}`, 'GET /x/y open'],
  ],
  [
    'a guard on a path and below',
    (app) => app.use('/x/*', guard).get('/x', answer).get('/x/y', answer),
    [`GET /x guarded ${ANY}`, `GET /x/y guarded ${ANY}`],
  ],
  ['a guard on one value of a parameter', (app) => app.use('/x/y', guard).get('/x/:id', answer), ['GET /x/:id open']],
  ['a guard on a parameter', (app) => app.use('/:a/*', guard).get('/x/:id', answer), [`GET /x/:id guarded ${ANY}`]],
  ['a guard of another method', (app) => app.post('/x', guard).get('/x', answer), ['GET /x open']],
  ['a guard of the method, on its own', (app) => app.get('/x', guard).get('/x', answer), [`GET /x guarded ${ANY}`]],
  ['a guard of one method, and all methods', (app) => app.get('/x', guard).all('/x', answer), ['ALL /x open']],
  [
    'middleware for all',
    (app) => app.use(cors()).use('/x/*', mayPass).get('/x', guard, answer),
    [`GET /x guarded ${ANY}`],
  ],
  [
    'several methods and paths',
    (app) => app.on(['GET', 'PUT'], ['/x', '/y'], answer),
    ['GET /x open', 'PUT /x open', 'GET /y open', 'PUT /y open'],
  ],
  ['all methods', (app) => app.all('/x', guard, answer), [`ALL /x guarded ${ANY}`]],
  [
    'a wildcard',
    (app) => app.use('/x/*', guard).get('/x/*', answer).get('/*', answer),
    ['GET /* unseen', `GET /x/* guarded ${ANY}`],
  ],
  [
    'a sub-application',
    (app) => app.use('/a/*', guard).route('/a', new Hono().get('/x', answer)),
    [`GET /a/x guarded ${ANY}`],
  ],
  [
    'a guard within one',
    (app) => app.route('/a', new Hono().use(guard).get('/x', answer)).get('/x', answer),
    [`GET /a/x guarded ${ANY}`, 'GET /x open'],
  ],
  ['a base path', (app) => app.basePath('/a').use(guard).get('/x', answer), [`GET /a/x guarded ${ANY}`]],
  [
    'a sub-application with an onError of its own',
    (app) =>
      app.route(
        '/a',
        withError(new Hono()).get('/x', guard, answer).get('/y', answer).get('/z', publicRoute('why'), answer),
      ),
    [`GET /a/x guarded ${ANY}`, 'GET /a/y open', 'GET /a/z public why'],
  ],
  [
    'handlers that are composed twice',
    (app) => app.route('/a', withError(new Hono()).route('/b', withError(new Hono()).use(guard).get('/x', answer))),
    [`GET /a/b/x guarded ${ANY}`],
  ],
  ['a mounted application', (app) => app.mount('/a', new Hono().get('/x', guard, answer).fetch), ['ALL /a/* unseen']],
  [
    'a mounted application behind a guard',
    (app) => app.use('/a/*', guard).mount('/a', new Hono().get('/x', answer).fetch),
    [`ALL /a/* guarded ${ANY}`],
  ],
  [
    'a mounted application that is public',
    (app) => app.use('/a/*', publicRoute('old')).mount('/a', new Hono().get('/x', answer).fetch),
    ['ALL /a/* public old'],
  ],
  ['a handler for all that takes next', (app) => app.all('/x', answers), ['ALL /x unseen']],
  ['guards within others', (app) => app.get('/x', every(mayPass, guard), answer), ['GET /x open']],
]

describe('a census of Hono', () => {
  it.each(cases)('%s', async (_name, build, lines) => {
    const app = new Hono()
    build(app)
    expect(linesOf(app)).toEqual(lines)
    await expectTruth(app)
  })

  it.each([
    ['a pattern', '/x/:id{[0-9]+}/*', '/x/:id/y'],
    ['an optional parameter', '/x/:id?', '/x/:id'],
    ['a wildcard in between', '/x/*/y', '/x/a/y'],
  ])('cannot tell %s', (_name, guarded, path) => {
    const [one, same] = [new Hono(), new Hono()]
    one.use(guarded, guard).get(path, answer)
    same.use(guarded, guard).get(guarded, answer)
    expect(linesOf(one)).toEqual([`GET ${path} unseen`])
    expect(linesOf(same)).toEqual([`GET ${guarded} guarded ${ANY}`])
  })

  it.each([new LinearRouter<never>(), new PatternRouter<never>(), new TrieRouter<never>()])(
    'is true of %s',
    async (router) => {
      const app = new Hono({ router, strict: false })
      app
        .use('/x/*', guard)
        .use('/:a/b', guard)
        .get('/x', answer)
        .get('/x/y', answer)
        .get('/x/*', answer)
        .get('/c/b', answer)
      expect(routeCensus(app).map(({ access }) => access)).toEqual(['guarded', 'guarded', 'guarded', 'guarded'])
      await expectTruth(app)
    },
  )
})

/** Requests each row without a token: guarded ones are 401, those that are open on purpose are not. */
async function expectTruth(app: Hono): Promise<void> {
  const port = await serve(app)
  for (const { method, path, access } of routeCensus(app)) {
    const concrete = path.replace(/:\w+/g, 'value').replace(/\*/g, 'rest')
    const url = `http://127.0.0.1:${port}${concrete}`
    const { status } = await fetch(url, { method: method === 'ALL' ? 'PUT' : method })
    if (access === 'guarded') expect([method, path, status]).toEqual([method, path, 401])
    else if (access === 'public' || access === 'optional')
      expect([method, path, status]).not.toEqual([method, path, 401])
  }
}

describe('the reviewed file', () => {
  it('refuses a planted open route', () => {
    // It is not written there.
    vi.stubEnv('CI', '')
    const folder = mkdtempSync(join(tmpdir(), 'census-'))
    onTestFinished(() => {
      vi.unstubAllEnvs()
      rmSync(folder, { recursive: true })
    })
    const [app, file] = [new Hono().get('/x', publicRoute('why'), answer), join(folder, 'census.json')]
    expectCensus(app, file, { update: true })
    expectCensus(app, file)
    app.get('/planted', answer)
    expect(() => expectCensus(app, file)).toThrow(/not guarded as it was reviewed.*\n {2}GET \/planted: open\n/)
  })

  it('has a reason for each open route', () => {
    expect(() => publicRoute('')).toThrow(/^publicRoute: got no reason/)
  })
})
