import type { RequestListener } from 'node:http'

import { freePort } from '@acme/tests-servers'

import { AT, deployed } from './deployed.js'
import type { Deployed } from './deployed.js'
import type { Chapter, Mistake } from './mistake.js'

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

export const OF_PROXIES: Chapter = {
  title: 'What stands between a client and the API',
  mistakes: [
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
  ],
}
