import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { createMiddleware } from 'hono/factory'
import { secureHeaders } from 'hono/secure-headers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createAuth } from '../src/index.js'
import type { HonoAuth } from '../src/index.js'
import { serve } from './serve.js'
import {
  createWorld,
  expired,
  forAnotherUrl,
  lacksScope,
  noCredentials,
  noCredentialsFor,
  replayed,
  send,
  withHeaders,
} from '@acme/tests-adapters'
import type { Header, World } from '@acme/tests-adapters'

let world: World
let auth: HonoAuth
beforeAll(async () => {
  world = await createWorld()
  auth = createAuth(world.options)
})
afterAll(() => world.issuer.close())

const HOST: Header = ['Host', 'internal.test']
const passed = { status: 200, body: 'user-1' }

/** A sub-application with one guarded route. */
function subApp(path = '/c') {
  return new Hono().get(path, auth.requireAuth('read'), (c) => c.text(String(c.var.auth.subject)))
}

describe.each([
  ['basePath', () => new Hono().basePath('/a').basePath('/:b').route('/', subApp())],
  ['routes within routes', () => new Hono().route('/a', new Hono().route('/:b', subApp()))],
  ['a mounted application', () => new Hono().mount('/a/x', subApp().fetch)],
])('%s', (_name, make) => {
  it.each(['/c', '/x/c', '/a/:b/c', '/a/x', '/a/x/c/', '/'])('a proof for %s is refused', async (path) => {
    const headers = await world.dpop(`http://internal.test${path}`, { scope: 'read' })
    expect(await send(await serve(make()), '/a/x/c', [HOST, ...headers])).toEqual(forAnotherUrl)
  })

  it('a proof for the whole URL passes, once', async () => {
    const port = await serve(make())
    const headers = [HOST, ...(await world.dpop('http://internal.test/a/x/c', { scope: 'read' }))]
    expect(await send(port, '/a/x/c?y=1', headers)).toMatchObject(passed)
    expect(await send(port, '/a/x/c?y=1', headers)).toEqual(replayed)
  })
})

describe('a guard for many routes, another for one', () => {
  function serveBoth(): Promise<number> {
    return serve(
      new Hono()
        .use('/api/*', auth.requireAuth())
        .get('/api/x', auth.requireAuth('x'), (c) => c.text(String(c.var.auth.subject)))
        .get('/open', (c) => c.text('open')),
    )
  }

  it('both refuse', async () => {
    const port = await serveBoth()
    expect(await send(port, '/api/x')).toEqual(noCredentials)
    expect(await send(port, '/api/x', await world.bearer({ scope: 'y' }))).toEqual(lacksScope('x'))
    const headers = await world.dpop('http://internal.test/api/x', { scope: 'y' })
    expect(await send(port, '/api/x', [HOST, ...headers])).toEqual(lacksScope('x', 'DPoP'))
  })

  it('a proof counts once for both, and not again', async () => {
    const port = await serveBoth()
    const headers = [HOST, ...(await world.dpop('http://internal.test/api/x', { scope: 'x' }))]
    expect(await send(port, '/api/x', headers)).toMatchObject(passed)
    expect(await send(port, '/api/x', headers)).toEqual(replayed)
  })

  it('unknown routes are for those who may know', async () => {
    const port = await serveBoth()
    expect(await send(port, '/api/nothing')).toEqual(noCredentials)
    expect((await send(port, '/api/nothing', await world.bearer())).status).toBe(404)
  })

  it('other routes are left alone', async () => {
    const port = await serveBoth()
    expect(await send(port, '/open')).toMatchObject({ status: 200, body: 'open' })
    expect((await send(port, '/nothing')).status).toBe(404)
  })

  it('an anonymous request stays refused by a second guard that wants credentials', async () => {
    const app = new Hono().use(auth.optionalAuth()).get('/', auth.requireAuth(), (c) => c.text('done'))
    expect(await send(await serve(app), '/')).toEqual(noCredentials)
  })
})

describe('HEAD', () => {
  it('is refused with all headers and no body', async () => {
    const port = await serve(new Hono().route('/', subApp()))
    expect(await send(port, '/c', [], 'HEAD')).toEqual({ ...noCredentialsFor('read'), body: '' })
    expect(await send(port, '/c', await world.bearer(), 'HEAD')).toEqual({ ...lacksScope('read'), body: '' })
  })

  it('is answered as GET is, to a proof for HEAD only', async () => {
    const port = await serve(new Hono().route('/', subApp()))
    const url = 'http://internal.test/c'
    const get = await world.dpop(url, { method: 'GET', scope: 'read' })
    expect((await send(port, '/c', [HOST, ...get], 'HEAD')).status).toBe(400)
    const head = await world.dpop(url, { method: 'HEAD', scope: 'read' })
    expect(await send(port, '/c', [HOST, ...head], 'HEAD')).toMatchObject({ status: 200, body: '' })
  })
})

describe('headers that were set before', () => {
  const ORIGIN: Header = ['Origin', 'https://app.example.com']
  const allowed = ['access-control-allow-origin: https://app.example.com', 'vary: Origin']

  it('stay on a refusal, so that a browser may read it', async () => {
    const app = new Hono().use(cors({ origin: 'https://app.example.com' })).route('/', subApp())
    const port = await serve(app)
    expect(await send(port, '/c', [ORIGIN])).toEqual(withHeaders(noCredentialsFor('read'), ...allowed))
    const answer = await send(port, '/c', [ORIGIN, ...(await world.bearer())])
    expect(answer).toEqual(withHeaders(lacksScope('read'), ...allowed))
  })

  it('a preflight request, which has no credentials, is not refused', async () => {
    const app = new Hono().use(cors({ origin: 'https://app.example.com' })).use(auth.requireAuth())
    const preflight: readonly Header[] = [ORIGIN, ['Access-Control-Request-Method', 'GET']]
    expect((await send(await serve(app), '/c', preflight, 'OPTIONS')).status).toBe(204)
  })

  it('give way where the refusal says something else', async () => {
    const before = createMiddleware(async (c, next) => {
      c.status(202)
      c.header('Cache-Control', 'public, max-age=60')
      c.header('Content-Type', 'text/html')
      c.header('WWW-Authenticate', 'Basic realm="old"')
      await next()
    })
    expect(await send(await serve(new Hono().use(before).route('/', subApp())), '/c')).toEqual(noCredentialsFor('read'))
  })

  it('may be added to a refusal by an outer middleware', async () => {
    const app = new Hono().use(secureHeaders()).route('/', subApp())
    const { status, headers, body } = await send(await serve(app), '/c')
    expect({ status, body }).toEqual({ status: 401, body: noCredentials.body })
    expect(headers).toEqual(
      expect.arrayContaining([...noCredentialsFor('read').headers, 'x-content-type-options: nosniff']),
    )
  })
})

describe('in process, without a Node request', () => {
  const app = (): ReturnType<typeof subApp> => subApp()

  /** What `app.request` answers, as {@link send} has it. */
  async function request(target: string, headers: readonly Header[] = [], init: RequestInit = {}, env?: object) {
    const list = [['X-Request-Id', 'request-1'], ...headers].map(([name = '', value = '']): [string, string] => [
      name,
      value,
    ])
    const response = await app().request(target, { ...init, headers: list }, env)
    return {
      status: response.status,
      headers: [...response.headers].map(([name, value]) => `${name}: ${value}`).toSorted(),
      body: await response.text(),
    }
  }

  it('refuses as over the wire', async () => {
    expect(await request('/c')).toEqual(noCredentialsFor('read'))
    expect(await request('/c', [], { method: 'HEAD' })).toEqual({ ...noCredentialsFor('read'), body: '' })
    expect(await request('/c', await world.bearer())).toEqual(lacksScope('read'))
    expect(await request('/c', await world.bearer({ scope: 'read', expiresIn: -60 }))).toEqual(expired)
  })

  it('accepts a Bearer token', async () => {
    expect(await request('/c', await world.bearer({ scope: 'read' }))).toMatchObject(passed)
  })

  it('refuses two Authorization lines, which a web Request joins', async () => {
    const good = await world.bearer({ scope: 'read' })
    expect((await request('/c', [...good, ...good])).status).toBe(400)
    expect((await request('/c', [...good, ['Authorization', 'Basic dXNlcjpwYXNz']])).status).toBe(400)
    expect((await request('/c', [['Authorization', 'Basic dXNlcjpwYXNz'], ...good])).status).toBe(401)
  })

  it.each([
    ['https://api.example.com/c', 'http://api.example.com/c'],
    ['https://api.example.com/c', 'https://other.example.com/c'],
    ['https://api.example.com/c', 'https://api.example.com/C'],
    ['https://api.example.com/c', 'https://api.example.com:8443/c'],
  ])('to %s, refuses a proof for %s', async (url, htu) => {
    expect(await request(url, await world.dpop(htu, { scope: 'read' }))).toEqual(forAnotherUrl)
  })

  it.each(['https://api.example.com/c', 'https://api.example.com:8443/c?x=1', 'http://localhost/c'])(
    'takes a proof for %s, once',
    async (url) => {
      const headers = await world.dpop(url, { scope: 'read' })
      expect(await request(url, headers)).toMatchObject(passed)
      expect(await request(url, headers)).toEqual(replayed)
    },
  )

  it('takes a proof once for all guards of a request', async () => {
    const both = new Hono().use(auth.requireAuth()).route('/', subApp())
    const headers = (await world.dpop('http://localhost/c', { scope: 'read' })).map(
      ([name, value]): [string, string] => [name, value],
    )
    expect((await both.request('/c', { headers })).status).toBe(200)
    expect((await both.request('/c', { headers })).status).toBe(400)
  })

  it('refuses a proof twice in one line, as a web Request joins them', async () => {
    const headers = await world.dpop('https://api.example.com/c', { scope: 'read' })
    expect((await request('https://api.example.com/c', [...headers, ...headers.slice(1)])).status).toBe(400)
  })

  it('is not confused by a binding of that name', async () => {
    const env = { incoming: 'a queue' }
    expect(await request('/c', [], {}, env)).toEqual(noCredentialsFor('read'))
    expect(await request('/c', await world.bearer({ scope: 'read' }), {}, env)).toMatchObject(passed)
  })
})

describe('a request within a request, in process', () => {
  /** `/outer` is open and asks `/inner`, which is guarded, with these headers. */
  function serveBoth(headers: () => Promise<readonly Header[]>): Promise<number> {
    const app = new Hono().get('/inner', auth.requireAuth('read'), (c) => c.text(String(c.var.auth.subject)))
    const ask = async (env: unknown): Promise<Response> => {
      const list = [['X-Request-Id', 'request-1'] as const, ...(await headers())]
      return app.request('/inner', { headers: list.map(([name, value]): [string, string] => [name, value]) }, env)
    }
    return serve(app.get('/outer', (c) => ask(c.env)))
  }

  it("is not let in by the outer request's credentials", async () => {
    const port = await serveBoth(async () => [])
    expect(await send(port, '/outer', await world.bearer({ scope: 'read' }))).toEqual(noCredentialsFor('read'))
  })

  it('is judged by its own credentials', async () => {
    const port = await serveBoth(() => world.bearer({ scope: 'read', claims: { sub: 'machine-1' } }))
    expect(await send(port, '/outer')).toMatchObject({ status: 200, body: 'machine-1' })
    expect(await send(port, '/outer', await world.bearer({ scope: 'read' }))).toMatchObject({ body: 'machine-1' })
  })
})
