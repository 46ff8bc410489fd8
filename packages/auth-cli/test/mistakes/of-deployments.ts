import { freePort } from '@acme/tests-servers'
import { redisReplayStore } from '@acme/auth-redis'
import cors from 'cors'
import { createClient } from 'redis'
import type { RequestListener } from 'node:http'

import type { Chapter, Mistake } from './mistake.js'
import { ORIGIN } from './world.js'
import type { World } from './world.js'

const AT = { atHand: 'the URL of the API', command: 'acme-auth doctor --api https://api.example.com/me' }

type Deployed = (world: World) => Promise<{ readonly origin: string }>

function deployed(name: string, api: Deployed, says: Mistake['says'], fix: string): Mistake {
  return { ...AT, name, says, fix, made: async (world) => world.doctorOf(await api(world)) }
}

/** Something else answers in place of the API. */
function instead(name: string, listener: RequestListener, says: Mistake['says'], fix: string): Mistake {
  return deployed(name, (world) => world.server(listener), says, fix)
}

const page =
  (status: number, title: string): RequestListener =>
  (_request, response) =>
    void response
      .writeHead(status, { 'content-type': 'text/html' })
      .end(`<!doctype html><html><head><title>${title}</title></head><body></body></html>`)

const HANDED_ON = ['proxy_set_header Host $http_host;', 'proxy_set_header X-Forwarded-Proto $scheme;']

/** Behind an nginx that does one thing more. */
function behind(name: string, line: string, says: Mistake['says'], fix: string): Mistake {
  const api: Deployed = async (world) => world.nginx([await world.api()], { headers: [...HANDED_ON, line] })
  return deployed(name, api, says, fix)
}

export const OF_DEPLOYMENTS: Chapter = {
  title: 'The API as it is deployed',
  mistakes: [
    deployed(
      'an API with another audience than the settings here',
      (world) => world.api({ audience: 'https://other.example.com' }),
      'the API refuses a token that these settings accept',
      'compare AUTH0_DOMAIN, AUTH0_ISSUER and AUTH0_AUDIENCE here and where the API runs',
    ),
    deployed(
      'a route without a guard',
      (world) =>
        world.api({}, (app) => {
          app.get('/me', (_request, response) => void response.json({}))
        }),
      'the route answers without a token: it is not guarded',
      'put the guard in front of the route',
    ),
    {
      ...AT,
      name: 'CORS behind the guard',
      atHand: 'the URL of the API, and the origin of the page',
      command: `${AT.command} --origin ${ORIGIN}`,
      says: 'a page cannot call: CORS stands behind the guard',
      fix: 'in front of the guards: cors({',
      made: async (world) => world.doctorOf(await world.api(), ['--origin', ORIGIN]),
    },
    {
      ...AT,
      name: 'CORS that does not let the proof through',
      atHand: 'the URL of the API, and the origin of the page',
      command: `${AT.command} --origin ${ORIGIN}`,
      says: 'a page may not send its token',
      fix: "allowedHeaders: ['authorization', 'dpop']",
      async made(world) {
        const own = cors({ origin: ORIGIN, allowedHeaders: ['authorization'] })
        return world.doctorOf(await world.api({}, (app) => void app.use(own)), ['--origin', ORIGIN])
      },
    },
    {
      ...AT,
      name: 'CORS for another origin',
      atHand: 'the URL of the API, and the origin of the page',
      command: `${AT.command} --origin ${ORIGIN}`,
      says: `pages of ${ORIGIN} may not call`,
      fix: `cors({ origin: '${ORIGIN}'`,
      async made(world) {
        const own = cors({ origin: `${ORIGIN}/` })
        return world.doctorOf(await world.api({}, (app) => void app.use(own)), ['--origin', ORIGIN])
      },
    },
    deployed(
      'every peer trusted as a proxy',
      (world) => world.api({}, (app) => void app.set('trust proxy', true)),
      'any client may say which URL it addressed',
      'and set publicOrigins',
    ),
    deployed(
      'a proxy that replaces the host',
      async (world) => world.nginx([await world.api()], { headers: ['proxy_set_header Host api.internal;'] }),
      'the API sees another URL than clients address',
      'the detail in the log of the API names the component',
    ),
    deployed(
      'a proxy that hands on what clients say of the host',
      async (world) => {
        const api = await world.api({}, (app) => void app.set('trust proxy', 'loopback'))
        return world.nginx([api], { headers: HANDED_ON })
      },
      'any client may say which URL it addressed',
      'proxy_set_header X-Forwarded-Host',
    ),
    deployed(
      'a proxy that takes off a path',
      async (world) => {
        const { port } = await world.nginx([await world.api()], { path: ['/v2/', '/'], headers: HANDED_ON })
        return { origin: `http://127.0.0.1:${port}/v2` }
      },
      'the API sees another path than clients address',
      'X-Forwarded-Prefix /v2',
    ),
    behind(
      'a proxy that removes the token',
      'proxy_set_header Authorization "";',
      'the API sees no token',
      'let the proxy hand it on',
    ),
    behind(
      'a proxy that removes the proof',
      'proxy_set_header DPoP "";',
      'the API sees no proof',
      'let the proxy hand the header DPoP on',
    ),
    behind(
      'a proxy that removes the challenge',
      'proxy_hide_header WWW-Authenticate;',
      'the 401 has no challenge',
      'let no proxy strip the header',
    ),
    deployed(
      'replays that nobody looks for',
      (world) => world.api({ dpop: { replay: false } }),
      'a proof is accepted more than once',
      'leave dpop.replay at its default',
    ),
    deployed(
      'nonce secrets that differ, where nonces heal clocks',
      async (world) => {
        const replica = (letter: string): ReturnType<typeof world.api> =>
          world.api({ dpop: { nonce: { secret: letter.repeat(40), mode: 'heal' } } })
        return world.nginx([await replica('a'), await replica('b')])
      },
      'a nonce of the API is refused by the API',
      'give all replicas the same dpop.nonce.secret',
    ),
    deployed(
      'proofs that are good for a day',
      (world) => world.api({ dpop: { proofMaxAge: 86_400 } }),
      'a proof of an hour ago is accepted',
      'leave dpop.proofMaxAge (300 s)',
    ),
    deployed(
      'an API that cannot reach the issuer',
      async (world) => {
        const gone = await world.otherIssuer()
        const issuer = { issuer: world.issuer.issuer, jwksUri: `http://127.0.0.1:${await freePort()}/keys` }
        await gone.close()
        return world.api({ issuer: undefined, issuers: [issuer] })
      },
      'the API cannot verify tokens',
      'let the process of the API reach the issuer',
    ),
    deployed(
      'an API whose Redis is down',
      async (world) => {
        const redis = await world.redis()
        const client = createClient({ url: `redis://127.0.0.1:${redis.port}`, disableOfflineQueue: true })
        client.on('error', () => undefined)
        await client.connect()
        world.kept({ close: () => client.destroy() })
        await redis.kill()
        return world.api({ dpop: { replay: redisReplayStore(client) } })
      },
      'the API cannot look for replays',
      'start the Redis of the API',
    ),
    deployed(
      'a handler that throws',
      (world) =>
        world.api({}, (app, { requireAuth }) => {
          app.get('/me', requireAuth(), (_request, response) => void response.status(500).end('oops'))
        }),
      'the API fails for a request with a token',
      'see the log of the API',
    ),
    deployed(
      'metadata of an inner URL',
      (world) =>
        world.api({ resourceMetadata: { resource: 'https://api.internal' } }, (app, auth) => {
          app.use(auth.metadataRoute())
        }),
      'the challenge names metadata of another origin',
      'the public URL of the API in resourceMetadata',
    ),
    instead(
      'a login page in place of the API',
      (_request, response) => void response.writeHead(302, { location: '/oauth2/sign_in?rd=%2Fme' }).end(),
      'a login page answers in place of the API',
      'let it leave out the paths of the API',
    ),
    instead(
      'a redirect to https',
      ({ headers, url = '' }, response) => {
        const location = `https://${headers.host?.replace(/:\d+$/, '') ?? ''}${url}`
        response.writeHead(301, { location }).end()
      },
      'the API redirects to https',
      'give clients, and --api, https://127.0.0.1/me',
    ),
    instead(
      'a page that answers every path',
      page(200, 'My app'),
      'a page answers, and no API',
      'nginx: location /api/',
    ),
    instead(
      'another path',
      page(404, 'Not found'),
      'there is no such route',
      'with the path that proxies in front add',
    ),
    deployed(
      'a gateway without the API behind it',
      async (world) => world.nginx([{ port: await freePort() }]),
      'the gateway has no API behind it',
      'mend host and port of the upstream',
    ),
    instead(
      'a network that wants a login',
      page(511, 'Wi-Fi'),
      'a network in between wants a login',
      'log in to the network',
    ),
    {
      ...AT,
      name: 'http at a port for https',
      says: 'the API speaks TLS at this port',
      fix: 'https://127.0.0.1',
      async made(world) {
        const { port } = await world.nginx([await world.api()], { tls: world.certificate })
        return world.doctorOf({ origin: `http://127.0.0.1:${port}` })
      },
    },
    {
      ...AT,
      name: 'a certificate of the API that nobody here trusts',
      says: 'the API cannot be reached: DEPTH_ZERO_SELF_SIGNED_CERT',
      fix: 'NODE_EXTRA_CA_CERTS=ca.pem',
      made: async (world) => world.doctorOf(await world.nginx([await world.api()], { tls: world.certificate })),
    },
    deployed(
      'something in between that ends connections with a token',
      (world) =>
        world.server(({ headers, socket }, response) => {
          if (headers.authorization !== undefined) return void socket.destroy()
          response.writeHead(401, { 'www-authenticate': 'Bearer realm="api"' }).end()
        }),
      'the API answers a request without a token, and then one more no longer',
      'it ends the connection, or hangs, for a request with a token',
    ),
    deployed(
      'a limit of rates that doctor runs into',
      (world) =>
        world.server(({ headers }, response) => {
          if (headers.authorization === undefined)
            return void response.writeHead(401, { 'www-authenticate': 'Bearer realm="api"' }).end()
          return void response.writeHead(429, { 'retry-after': '30' }).end()
        }),
      'the API limits the rate',
      'run doctor again later',
    ),
    instead(
      'a challenge of another kind',
      (_request, response) => void response.writeHead(401, { 'www-authenticate': 'Basic realm="inner"' }).end(),
      'the challenge is of another kind',
      'another guard answers first',
    ),
    {
      ...AT,
      name: 'an API without TLS',
      says: 'the API has no TLS',
      fix: 'address it by https',
      // Reaches this machine, and is no name of loopback.
      made: async (world) => world.doctorOf({ origin: `http://0.0.0.0:${(await world.api()).port}` }),
    },
    {
      ...AT,
      name: 'an API that does not answer',
      command: `${AT.command} --timeout 1`,
      says: 'the API cannot be reached: no answer in time',
      fix: 'let this machine reach it',
      made: async (world) => world.doctorOf(await world.server(() => undefined), ['--timeout', '0.3']),
    },
    deployed(
      'an API that is not there',
      async () => ({ origin: `http://127.0.0.1:${await freePort()}` }),
      'the API cannot be reached: ECONNREFUSED',
      'nothing listens there',
    ),
  ],
}
