import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

import type { AuthOptions } from '@acme/auth-express'
import { redisReplayStore } from '@acme/auth-redis'
import { createTestIssuer } from '@acme/auth-testing'
import { freePort } from '@acme/tests-servers'
import cors from 'cors'
import { createClient } from 'redis'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import type { ToMend } from '../src/mend.js'
import { FRAMEWORKS } from './healthy/frameworks.js'
import { AUDIENCE, CLIENT, ORIGIN, World } from './mistakes/world.js'

let world: World

beforeAll(async () => {
  world = await World.begin()
})
afterEach(() => world.mended())
afterAll(() => world.end())

/** An issuer of another spelling: the test issuer by its own name, behind a server. */
async function issuerAt(path: string): Promise<string> {
  let relay: ((url: string, init: RequestInit) => Promise<Response>) | undefined
  const server = await world.server((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const { method = 'GET', url = '/' } = incoming
      const headers = Object.entries(incoming.headers).map(([name, value]): [string, string] => [name, String(value)])
      const body = Buffer.concat(chunks)
      void relay?.(server.origin + url, { method, headers, ...(body.length > 0 && { body }) }).then(async (answer) => {
        outgoing.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text())
      })
    })
  })
  const issuer = await createTestIssuer({ issuer: `${server.origin}${path}`, audience: AUDIENCE })
  relay = (url, init) => issuer.fetch(url, init)
  return issuer.issuer
}

const SECRET = 'the same secret for all replicas'

async function sharedStore(settings: readonly string[] = []): Promise<AuthOptions['dpop']> {
  const redis = await world.redis(['--appendonly', 'yes', ...settings])
  const client = createClient({ url: `redis://127.0.0.1:${redis.port}` })
  client.on('error', () => undefined)
  await client.connect()
  world.kept({ close: () => client.destroy() })
  return { replay: redisReplayStore(client) }
}

const healthy: Readonly<Record<string, () => Promise<ToMend | null>>> = {
  'two replicas that share a store and a nonce secret': async () => {
    const dpop = { ...(await sharedStore()), nonce: { secret: SECRET, mode: 'required' } } as const
    return world.doctorOf(await world.nginx([await world.api({ dpop }), await world.api({ dpop })]))
  },
  'two replicas whose nonces heal': async () => {
    const dpop = { ...(await sharedStore()), nonce: { secret: SECRET, mode: 'heal' } } as const
    return world.doctorOf(await world.nginx([await world.api({ dpop }), await world.api({ dpop })]))
  },
  'an API of two issuers': async () => {
    const other = await world.otherIssuer()
    const issuers = [{ issuer: other.issuer }, { issuer: world.issuer.issuer }]
    return world.doctorOf(await world.api({ issuer: undefined, issuers }))
  },
  'an issuer as Keycloak spells it': async () => {
    const issuer = await issuerAt('/realms/shop')
    return world.doctor({ ...CLIENT, AUTH0_ISSUER: issuer })
  },
  'an issuer as Entra ID spells version 2': async () => {
    const issuer = await issuerAt('/9b1f7a52-3c1e-4f2a-8a66-1d2f3b4c5d6e/v2.0')
    return world.doctor({ ...CLIENT, AUTH0_ISSUER: issuer })
  },
  'an issuer as Entra ID spells version 1': async () => {
    const issuer = await issuerAt('/9b1f7a52-3c1e-4f2a-8a66-1d2f3b4c5d6e/')
    return world.doctor({ ...CLIENT, AUTH0_ISSUER: issuer })
  },
  'keys beside that encrypt, as Keycloak has them': async () => {
    const { keys } = (await (await fetch(world.issuer.urlOf('keys'))).json()) as { keys: object[] } // a key set
    const encrypts = { kty: 'RSA', use: 'enc', alg: 'RSA-OAEP', kid: 'enc', e: 'AQAB', n: 'u'.repeat(342) }
    world.issuer.fail('keys', { status: 200, body: JSON.stringify({ keys: [encrypts, ...keys] }) })
    return world.doctor()
  },
  'a document that a cache keeps, with a Date of then': async () => {
    const body = await (await fetch(world.issuer.urlOf('metadata'))).text()
    const headers = { age: '600', date: new Date(Date.now() - 600_000).toUTCString() }
    world.issuer.fail('metadata', { status: 200, headers, body })
    return world.doctor()
  },
  'answers that are compressed, though nobody asked for it': async () => {
    const api = await world.api({ dpop: { mode: 'disabled' } }, (app) => {
      app.use((_request, response, next) => {
        const end = response.end.bind(response)
        const compressed = (body: unknown): typeof response => {
          response.setHeader('content-encoding', 'gzip')
          response.removeHeader('content-length')
          return end(gzipSync(Buffer.isBuffer(body) || typeof body === 'string' ? body : ''))
        }
        response.end = compressed as typeof response.end // of this test alone
        next()
      })
    })
    return world.doctorOf(api)
  },
  'answers of HTTP/1.0, and the connection closed after each': async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => {
        const challenge = 'WWW-Authenticate: Bearer realm="api", DPoP algs="ES256"'
        socket.end(`HTTP/1.0 401 Unauthorized\r\n${challenge}\r\n\r\n{"error":"invalid_request"}`)
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    world.kept(server)
    const { port } = server.address() as AddressInfo // a TCP server has no other
    return world.doctor({}, ['--api', `http://127.0.0.1:${port}/me`])
  },
  'an API that wants DPoP': async () => {
    const api = await world.api({ dpop: { mode: 'required' } })
    return world.doctor({ ...CLIENT, AUTH0_DPOP: 'required' }, ['--api', `${api.origin}/me`])
  },
  'an API without DPoP': async () => {
    const api = await world.api({ dpop: { mode: 'disabled' } })
    return world.doctor({ ...CLIENT, AUTH0_DPOP: 'disabled' }, ['--api', `${api.origin}/me`])
  },
  'an API whose pages call it': async () => {
    const own = cors({ origin: ORIGIN, exposedHeaders: ['www-authenticate', 'dpop-nonce'] })
    return world.doctorOf(await world.api({}, (app) => void app.use(own)), ['--origin', ORIGIN])
  },
  'a proxy that says what it takes off': async () => {
    const api = await world.api({}, (app) => void app.set('trust proxy', 'loopback'))
    const headers = [
      'proxy_set_header Host $http_host;',
      'proxy_set_header X-Forwarded-Host $http_host;',
      'proxy_set_header X-Forwarded-Proto $scheme;',
      'proxy_set_header X-Forwarded-Prefix /v2;',
    ]
    const { port } = await world.nginx([api], { path: ['/v2/', '/'], headers })
    return world.doctorOf({ origin: `http://127.0.0.1:${port}/v2` })
  },
  'a route whose handler answers 404, 405 or a 400 of its own': async () => {
    const statuses = [404, 405, 400, 422]
    let next = 0
    const api = await world.api({}, (app, { requireAuth }) => {
      app.get('/me', requireAuth(), (_request, response) => {
        response.status(statuses[next++ % statuses.length] ?? 404).json({ message: 'not this one' })
      })
    })
    return world.doctorOf(api)
  },
  'a Redis with TLS, a password, and a user that may what it needs': async () => {
    const keyFile = join(world.folder, 'redis-key.pem')
    await writeFile(keyFile, world.certificate.key, { mode: 0o600 })
    const port = await freePort()
    const tls = ['--tls-port', String(port), '--tls-cert-file', world.certificate.file, '--tls-key-file', keyFile]
    const redis = await world.redis([...tls, '--tls-auth-clients', 'no', '--appendonly', 'yes'])
    await redis.send('ACL', 'SETUSER', 'api', 'on', '>p w/%', '~dpop:*', '+set', '+info', '+config|get')
    const REDIS_URL = `rediss://api:${encodeURIComponent('p w/%')}@localhost:${port}`
    return world.program(['doctor'], { REDIS_URL, NODE_EXTRA_CA_CERTS: world.certificate.file })
  },
  'settings of a file': async () => {
    const file = join(world.folder, '.env')
    const { AUTH0_ISSUER = '', AUTH0_AUDIENCE = '' } = world.environment()
    await writeFile(file, `AUTH0_ISSUER="${AUTH0_ISSUER}"\nAUTH0_AUDIENCE='${AUTH0_AUDIENCE}'\n`)
    return world.program(['doctor', '--env-file', file], { AUTH0_ISSUER: undefined, AUTH0_AUDIENCE: undefined })
  },
}

describe('doctor finds nothing to mend at', () => {
  it.each(Object.keys(FRAMEWORKS))('%s behind nginx, which ends TLS', async (name) => {
    const api = world.kept(await (FRAMEWORKS[name]?.(world.options) ?? Promise.reject(new Error(name))))
    const nginx = await world.nginx([api], { tls: world.certificate })
    const more = { ...CLIENT, NODE_EXTRA_CA_CERTS: world.certificate.file }
    expect(await world.program(['doctor', '--api', `${nginx.origin}/me`], more)).toBeNull()
  })

  it.each(Object.keys(healthy))('%s', async (name) => {
    expect(await healthy[name]?.()).toBeNull()
  })
})

describe('inspect and explain find nothing to mend of', () => {
  it.each([
    ['a good token', {}],
    ['one of many audiences', { claims: { aud: [AUDIENCE, 'https://t.auth0.com/userinfo'] } }],
    ['one whose client is in azp', { claims: { azp: 'client-1' } }],
  ])('%s', async (_, token) => {
    expect(await world.inspect(token, ['--verify'])).toBeNull()
  })

  it('a good proof', async () => {
    expect(await world.explain(world.bound, [], {})).toBeNull()
  })
})
