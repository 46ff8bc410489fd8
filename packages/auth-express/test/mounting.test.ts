import express from 'express'
import type { RequestHandler } from 'express'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createAuth, getAuth } from '../src/index.js'
import type { ExpressAuth } from '../src/index.js'
import { createApp, serve } from './serve.js'
import {
  createWorld,
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
let auth: ExpressAuth
beforeAll(async () => {
  world = await createWorld()
  auth = createAuth(world.options)
})
afterAll(() => world.issuer.close())

const HOST: Header = ['Host', 'internal.test']
const PROXIED: readonly Header[] = [
  HOST,
  ['X-Forwarded-Proto', 'https'],
  ['X-Forwarded-Host', 'api.example.com'],
  ['X-Forwarded-Prefix', '/public'],
]
const subject: RequestHandler = (request, response) => void response.send(getAuth(request).subject)
const passed = { status: 200, body: 'user-1' }

describe('routers within routers', () => {
  async function serveNested(): Promise<number> {
    const inner = express.Router().get('/c', auth.requireAuth('read'), subject)
    const middle = express.Router().use('/:b', inner)
    return serve(createApp().use('/a', middle))
  }

  it.each(['/c', '/x/c', '/a/:b/c', '/a/x', '/a/x/c/', '/'])('a proof for %s is refused', async (path) => {
    const headers = await world.dpop(`http://internal.test${path}`, { scope: 'read' })
    expect(await send(await serveNested(), '/a/x/c', [HOST, ...headers])).toEqual(forAnotherUrl)
  })

  it('a proof for the whole URL passes', async () => {
    const headers = await world.dpop('http://internal.test/a/x/c', { scope: 'read' })
    expect(await send(await serveNested(), '/a/x/c?y=1', [HOST, ...headers])).toMatchObject(passed)
  })

  it('the guard of an outer router leaves others alone', async () => {
    const guarded = express.Router().use(auth.requireAuth()).get('/', subject)
    const port = await serve(
      createApp()
        .use('/a', guarded)
        .get('/b', (_request, response) => void response.send('open')),
    )
    expect(await send(port, '/a')).toEqual(noCredentials)
    expect(await send(port, '/b')).toMatchObject({ status: 200, body: 'open' })
  })

  it('a rewritten request.url does not change what the proof must be for', async () => {
    const rewrite: RequestHandler = (request, _response, next) => {
      request.url = '/inner'
      next()
    }
    const port = await serve(createApp().use(rewrite).get('/inner', auth.requireAuth(), subject))
    const inner = await world.dpop('http://internal.test/inner')
    expect(await send(port, '/outer', [HOST, ...inner])).toEqual(forAnotherUrl)
    const outer = await world.dpop('http://internal.test/outer')
    expect(await send(port, '/outer', [HOST, ...outer])).toMatchObject(passed)
  })
})

describe('a guard for the application, another for the route', () => {
  async function serveBoth(): Promise<number> {
    return serve(createApp().use('/api', auth.requireAuth()).get('/api/x', auth.requireAuth('read'), subject))
  }

  it('the second checks its scopes', async () => {
    const port = await serveBoth()
    expect(await send(port, '/api/x', await world.bearer({ scope: 'write' }))).toEqual(lacksScope('read'))
    const headers = await world.dpop('http://internal.test/api/x', { scope: 'write' })
    expect(await send(port, '/api/x', [HOST, ...headers])).toEqual(lacksScope('read', 'DPoP'))
  })

  it('a proof counts once for both, and not again', async () => {
    const port = await serveBoth()
    const headers = [HOST, ...(await world.dpop('http://internal.test/api/x', { scope: 'read' }))]
    expect(await send(port, '/api/x', headers)).toMatchObject(passed)
    expect(await send(port, '/api/x', headers)).toEqual(replayed)
  })
})

describe('sub-applications and trust proxy', () => {
  const PUBLIC = 'https://api.example.com/public/a/x'
  const INTERNAL = 'http://internal.test/a/x'

  function subApp(): ReturnType<typeof createApp> {
    return createApp().get('/x', auth.requireAuth(), subject)
  }

  it('without trust, forwarded headers count for nothing', async () => {
    const port = await serve(createApp().use('/a', subApp()))
    expect(await send(port, '/a/x', [...PROXIED, ...(await world.dpop(PUBLIC))])).toEqual(forAnotherUrl)
    expect(await send(port, '/a/x', [...PROXIED, ...(await world.dpop(INTERNAL))])).toMatchObject(passed)
  })

  it.each(['before', 'after'])("inherits the parent's setting, made %s mounting", async (when) => {
    const app = createApp()
    if (when === 'before') app.set('trust proxy', 'loopback')
    app.use('/a', subApp())
    if (when === 'after') app.set('trust proxy', 'loopback')
    const port = await serve(app)
    expect(await send(port, '/a/x', [...PROXIED, ...(await world.dpop(INTERNAL))])).toEqual(forAnotherUrl)
    expect(await send(port, '/a/x', [...PROXIED, ...(await world.dpop(PUBLIC))])).toMatchObject(passed)
  })

  it('a setting of its own wins', async () => {
    const distrusting = subApp().set('trust proxy', false)
    const port = await serve(createApp().set('trust proxy', 'loopback').use('/a', distrusting))
    expect(await send(port, '/a/x', [...PROXIED, ...(await world.dpop(PUBLIC))])).toEqual(forAnotherUrl)
    expect(await send(port, '/a/x', [...PROXIED, ...(await world.dpop(INTERNAL))])).toMatchObject(passed)
  })

  it('a proxy that is not trusted counts for nothing', async () => {
    const port = await serve(createApp().set('trust proxy', '10.0.0.0/8').use('/a', subApp()))
    expect(await send(port, '/a/x', [...PROXIED, ...(await world.dpop(PUBLIC))])).toEqual(forAnotherUrl)
  })
})

describe('headers that were set before', () => {
  const cors: RequestHandler = (_request, response, next) => {
    response.setHeader('Access-Control-Allow-Origin', 'https://app.example.com')
    response.setHeader('Vary', 'Origin')
    next()
  }
  const set = ['access-control-allow-origin: https://app.example.com', 'vary: Origin']

  it('stay on a refusal, so that a browser may read it', async () => {
    const port = await serve(createApp().use(cors).get('/', auth.requireAuth('read'), subject))
    expect(await send(port, '/')).toEqual(withHeaders(noCredentialsFor('read'), ...set))
    expect(await send(port, '/', await world.bearer())).toEqual(withHeaders(lacksScope('read'), ...set))
  })

  it('give way where the refusal says something else', async () => {
    const middleware: RequestHandler = (_request, response, next) => {
      response.status(202).setHeader('Cache-Control', 'public, max-age=60')
      response.setHeader('Content-Type', 'text/html').setHeader('WWW-Authenticate', 'Basic realm="old"')
      next()
    }
    const port = await serve(createApp().use(middleware).get('/', auth.requireAuth(), subject))
    expect(await send(port, '/')).toEqual(noCredentials)
  })
})
