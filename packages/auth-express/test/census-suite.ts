import { createAuth, publicRoute } from '../src/index.js'
import type { ExpressAuth } from '../src/index.js'
import { routeCensus } from '../src/census.js'
import { guardedRoutes, randomApp, variantsOf } from './census-random.js'
import { serve } from './serve.js'
import express from 'express'
import type { Express, RequestHandler, Router } from 'express'
import { describe, expect, it } from 'vitest'

const auth: ExpressAuth = createAuth({ issuer: 'https://issuer.test/', audience: 'https://api.test/' })
const guard = auth.requireAuth()
const answer: RequestHandler = (_request, response) => void response.send('open')
const mayPass: RequestHandler = (_request, _response, next) => next()

/** Rows as `METHOD path access`, with what they need, or why they are open. */
function linesOf(app: Express): readonly string[] {
  return routeCensus(app).map(({ method, path, access, needs, reason }) =>
    [method, path, access, needs ?? reason ?? ''].join(' ').trim(),
  )
}

type Build = (app: Express) => unknown

/** Of Express 4 and 5 alike. `wildcard` is the end of a path that stands for anything. */
export function describeCensus(wildcard: string): void {
  const router = (): Router => express.Router()

  const cases: readonly (readonly [name: string, build: Build, lines: readonly string[]])[] = [
    ['nothing', () => undefined, []],
    ['a planted open route', (app) => app.get('/x', answer), ['GET /x open']],
    ['a guarded one', (app) => app.get('/x', auth.requireAuth('a b'), answer), ['GET /x guarded scopes a b']],
    [
      'guards that add up',
      (app) =>
        app
          .use(guard)
          .use(auth.requireAuth('a'))
          .get('/x', auth.requireAuth({ permissions: 'p' }), answer),
      ['GET /x guarded scope a; permission p'],
    ],
    ['an optional guard', (app) => app.get('/x', auth.optionalAuth(), answer), ['GET /x optional']],
    [
      'an optional guard before one',
      (app) => app.use(auth.optionalAuth()).get('/x', guard, answer),
      ['GET /x guarded any valid token'],
    ],
    ['a public route', (app) => app.get('/x', publicRoute(' health '), answer), ['GET /x public health']],
    [
      'a public route behind a guard',
      (app) => app.use(guard).get('/x', publicRoute('why'), answer),
      ['GET /x guarded any valid token'],
    ],
    [
      'a guard on a list with the root, which is no path of others',
      (app) => app.use(['/', '/admin'], guard).get('/b', answer),
      ['GET /b unseen'],
    ],
    [
      'a guard on another path, by a slash',
      (app) => app.use('/a/b', guard).get('/a//b', answer),
      ['GET /(unseen path) open'],
    ],
    [
      'strict routing: a guard on the path without the slash',
      (app) => app.set('strict routing', true).all('/x', guard).get('/x/', answer),
      ['GET /x/ unseen'],
    ],
    [
      'a list of which one path can be evaded by case',
      (app) => {
        app.set('case sensitive routing', true).use(['/a', '/b/admin'], guard)
        app.use('/b', router().get('/admin', answer))
      },
      ['GET /b/admin unseen'],
    ],
    ['a guard behind the handler', (app) => app.get('/x', answer, guard), ['GET /x open']],
    ['a guard behind a handler that takes next', (app) => app.get('/x', mayPass, guard), ['GET /x open']],
    ['a guard that comes later', (app) => app.get('/x', answer).use(guard), ['GET /x open']],
    ['a guard on another path', (app) => app.use('/y', guard).get('/x', answer), ['GET /x open']],
    ['a guard on a path that begins alike', (app) => app.use('/ap', guard).get('/api', answer), ['GET /api open']],
    ['a guard on a deeper path', (app) => app.use('/x/y', guard).get('/x', answer), ['GET /x open']],
    ['a guard on one value of a parameter', (app) => app.use('/x/y', guard).get('/x/:id', answer), ['GET /x/:id open']],
    [
      'a guard on a parameter',
      (app) => app.use('/:a', guard).get('/x/:id', answer),
      ['GET /x/:id guarded any valid token'],
    ],
    ['a guard of another method', (app) => app.post('/x', guard).get('/x', answer), ['GET /x open']],
    [
      'a guard of the method, on its own',
      (app) => app.get('/x', guard).get('/x', answer),
      ['GET /x guarded any valid token'],
    ],
    [
      'an error handler in between',
      (app) => app.use(((_e, _q, _s, next) => next()) as express.ErrorRequestHandler).get('/x', answer),
      ['GET /x open'],
    ],
    [
      'a middleware in between',
      (app) => app.use(express.json()).get('/x', mayPass, guard, mayPass, answer),
      ['GET /x guarded any valid token'],
    ],
    ['a list of paths', (app) => app.get(['/x', '/y'], answer), ['GET /x open', 'GET /y open']],
    [
      'a guard on a list of paths',
      (app) => app.use(['/x', '/y'], guard).get('/x/1', answer).get('/z', answer),
      wildcard === '*' ? ['GET /x/1 unseen', 'GET /z unseen'] : ['GET /x/1 guarded any valid token', 'GET /z open'],
    ],
    [
      'a RegExp',
      (app) => app.get(/^\/x/, answer).get(/y$/, guard, answer),
      ['GET /(/^\\/x/) open', 'GET /(/y$/) guarded any valid token'],
    ],
    ['a guard on a RegExp', (app) => app.use(/\/x/, guard).get('/x', answer), ['GET /x unseen']],
    ['a guard and a route on one RegExp', (app) => app.use(/\/x/, guard).get(/\/x/, answer), ['GET /(/\\/x/) unseen']],
    ['a guard on a path, and a RegExp', (app) => app.use('/x', guard).get(/x/, answer), ['GET /(/x/) unseen']],
    [
      'a guard for everything, and a RegExp',
      (app) => app.use(guard).get(/x/, answer),
      ['GET /(/x/) guarded any valid token'],
    ],
    [
      'one route with several methods',
      (app) => app.route('/x').get(answer).post(guard, answer).all(mayPass),
      ['ALL /x open', 'GET /x open', 'POST /x guarded any valid token'],
    ],
    ['guards of all methods', (app) => app.route('/x').all(guard).get(answer), ['GET /x guarded any valid token']],
    ['all methods', (app) => app.all('/x', guard, answer), ['ALL /x guarded any valid token']],
    ['all methods, by a router', (app) => app.use(router().all('/x', answer)), ['ALL /x open']],
    [
      'a guard on a wildcard',
      (app) =>
        app.all(`/a/${wildcard}`, guard).get('/a', answer).get('/a/x', answer).use('/a', router().post('/y', answer)),
      ['GET /a open', 'GET /a/x guarded any valid token', 'POST /a/y guarded any valid token'],
    ],
    [
      'a wildcard as a route',
      (app) => app.use('/a', guard).get(`/a/${wildcard}`, answer),
      [`GET /a/${wildcard} guarded any valid token`],
    ],
    [
      'routers in routers',
      (app) => app.use('/a', router().use('/:b', router().get('/c', guard, answer).get('/d', answer))),
      ['GET /a/:b/c guarded any valid token', 'GET /a/:b/d open'],
    ],
    [
      'a router behind a guard',
      (app) => app.use('/a', guard, router().get('/x', answer)),
      ['GET /a/x guarded any valid token'],
    ],
    [
      'a guard within a router',
      (app) => app.use('/a', router().use(guard).get('/x', answer)),
      ['GET /a/x guarded any valid token'],
    ],
    [
      'a guard within another router',
      (app) => app.use('/a', router().use(guard)).use('/a', router().get('/x', answer)),
      ['GET /a/x open'],
    ],
    [
      'a router and its guard on one RegExp',
      (app) => app.use(/\/a/, guard, router().get('/x', answer)),
      ['GET /(mounted on /\\/a/)/x guarded any valid token'],
    ],
    ['an application within another', (app) => app.use('/sub', express().get('/x', answer)), ['ALL /sub/* unseen']],
    [
      'an application within another, before routes',
      (app) => app.use(express().get('/x', answer)).get('/y', guard, answer),
      ['ALL /* unseen', 'GET /y guarded any valid token'],
    ],
    [
      'an application behind a guard',
      (app) => app.use('/sub', guard, express().get('/x', answer)),
      ['ALL /sub/* guarded any valid token'],
    ],
    ['files', (app) => app.use('/files', express.static('.')), ['ALL /files/* unseen']],
    [
      'files that are public',
      (app) => app.use('/files', publicRoute('assets'), express.static('.')),
      ['ALL /files/* public assets'],
    ],
    ['a handler that is mounted', (app) => app.use('/x', answer), ['ALL /x/* open']],
    [
      'a middleware with no route behind it',
      (app) => app.get('/y', guard, answer).use('/x', mayPass),
      ['ALL /x/* unseen', 'GET /y guarded any valid token'],
    ],
    [
      'a guard that minds case, and a router that does not',
      (app) => app.enable('case sensitive routing').use('/a', guard).use(router().get('/a/x', answer)),
      ['GET /a/x unseen'],
    ],
    [
      'a guard and a router that both mind case',
      (app) =>
        app
          .enable('case sensitive routing')
          .use('/a', guard)
          .use(express.Router({ caseSensitive: true }).get('/a/x', answer)),
      ['GET /a/x guarded any valid token'],
    ],
    ['two routes of one path', (app) => app.get('/x', mayPass).get('/x', guard, answer), ['GET /x open']],
  ]

  it.each(cases)('%s', async (_name, build, lines) => {
    const app = express()
    build(app)
    expect(linesOf(app)).toEqual(lines)
    await expectTruth(app)
  })

  it('refuses what is no application', () => {
    for (const none of [{}, router(), () => undefined]) {
      expect(() => routeCensus(none as Express)).toThrow(/no application of Express/)
    }
  })

  describe('on the wire', () => {
    it('what is said to be guarded is never answered without a token, in applications that are made up', async () => {
      const reached: unknown[] = []
      let guarded = 0
      for (let seed = 1; seed <= 30; seed++) {
        const app = randomApp(seed, wildcard, guard)
        const port = await serve(app)
        for (const [name, paths] of guardedRoutes(app)) {
          guarded += paths.length
          for (const path of paths.flatMap(variantsOf)) {
            const answered = await (await fetch(`http://127.0.0.1:${port}${path}`)).text()
            if (answered === name) reached.push([seed, name, path])
          }
        }
      }
      expect(reached).toEqual([])
      expect(guarded).toBeGreaterThan(60)
    })

    it('a case that the guard does not know leads past it, and is not said to be guarded', async () => {
      const app = express().enable('case sensitive routing').use('/a', guard).use(router().get('/a/x', answer))
      expect(await statusOf(await serve(app), 'GET', '/A/x')).toBe(200)
    })

    it('a RegExp that matches in the middle of a path is one for the route, and none for the guard', async () => {
      const app = express().use(/\/x/, guard).get(/\/x/, answer)
      expect(await statusOf(await serve(app), 'GET', '/y/x')).toBe(200)
    })
  })
}

/** Requests each row without a token: guarded ones are 401, those that are open on purpose are not. */
async function expectTruth(app: Express): Promise<void> {
  const port = await serve(app)
  for (const { method, path, access } of routeCensus(app)) {
    const status = await statusOf(port, method === 'ALL' ? 'PUT' : method, concrete(path))
    if (access === 'guarded') expect([method, path, status]).toEqual([method, path, 401])
    else if (access === 'public' || access === 'optional')
      expect([method, path, status]).not.toEqual([method, path, 401])
  }
}

async function statusOf(port: number, method: string, path: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method })
  await response.arrayBuffer()
  return response.status
}

function concrete(path: string): string {
  return path
    .replace(/\/\((?:mounted on )?\/\^?\\\/(\w)\/\)/, '/$1')
    .replace(/\/\(\/(\w)\$?\/\)/, '/$1')
    .replace(/:\w+/g, 'value')
    .replace(/\*\w*$/, 'rest')
}
