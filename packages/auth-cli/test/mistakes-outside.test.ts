import { once } from 'node:events'
import { request } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'

import { createProof, createTestKey, startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer, TestClient } from '@acme/auth-testing'
import type { AuthOptions } from '@acme/auth-express'
import { redisReplayStore } from '@acme/auth-redis'
import { startNginx, startRedis } from '@acme/tests-servers'
import cors from 'cors'
import { createClient } from 'redis'
import { generate } from 'selfsigned'
import { afterAll, beforeAll, expect, it } from 'vitest'

import type { Finding } from '../src/doctor/finding.js'
import { listen, startApi } from './apis.js'
import type { Running } from './apis.js'
import { acmeAuth, answerOf } from './support.js'

let issuer: ListeningTestIssuer
let options: AuthOptions
let environment: NodeJS.ProcessEnv

const AUDIENCE = 'https://api.example.com'
const CLIENT = { AUTH0_CLIENT_ID: 'worker', AUTH0_CLIENT_SECRET: 'a-secret-of-the-client' }
const CLIENTS: readonly TestClient[] = [{ id: 'worker', secret: CLIENT.AUTH0_CLIENT_SECRET, scope: 'read:messages' }]

beforeAll(async () => {
  issuer = await startTestIssuer({ audience: AUDIENCE })
  options = { issuer: issuer.issuer, audience: AUDIENCE }
  environment = { AUTH0_ISSUER: issuer.issuer, AUTH0_AUDIENCE: AUDIENCE }
})

afterAll(() => issuer.close())

/** What doctor says to mend first, in one line. */
async function firstToMend(args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<string> {
  const { primary } = await answerOf<{ primary: Finding | null }>(['doctor', ...args], {
    environment: { ...environment, ...more },
  })
  const { says = 'nothing', cause = '', evidence = '', fix = '' } = primary ?? {}
  return [says, cause, evidence, fix].join(' | ')
}

/** The same of an API, which ends then. */
async function firstOfApi(api: Running, args: readonly string[] = [], port = api.port): Promise<string> {
  try {
    return await firstToMend(['--api', `http://127.0.0.1:${port}/me`, ...args], CLIENT)
  } finally {
    await api.close()
  }
}

/** Two replicas behind nginx, which take turns. */
async function firstOfReplicas(one: AuthOptions, other: AuthOptions): Promise<string> {
  const replicas = [await startApi(one), await startApi(other)]
  const nginx = await startNginx(replicas.map(({ port }) => port))
  try {
    return await firstToMend(['--api', `${nginx.origin}/me`], CLIENT)
  } finally {
    await nginx.close()
    await Promise.all(replicas.map((replica) => replica.close()))
  }
}

it('https:// in the domain', async () => {
  const found = await firstToMend([], { AUTH0_ISSUER: '', AUTH0_DOMAIN: 'https://tenant.auth0.com/' })
  expect(found).toContain('AUTH0_DOMAIN=tenant.auth0.com')
})

it('a variable by another name', async () => {
  const found = await firstToMend([], { AUTH0_AUDIENCE: '', API_AUDIENCE: AUDIENCE })
  expect(found).toContain('"API_AUDIENCE" is set, did you mean AUTH0_AUDIENCE?')
})

it('an issuer without its slash', async () => {
  const found = await firstToMend([], { AUTH0_ISSUER: issuer.issuer.replace(/\/$/, '') })
  expect(found).toContain(`AUTH0_ISSUER=${issuer.issuer}`)
})

it('the wrong realm, by its case', async () => {
  const keycloak = await listen(({ url, headers }, response) => {
    const isThere = url === '/realms/shop/.well-known/openid-configuration'
    response.writeHead(isThere ? 200 : 404, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify(
        isThere ? { issuer: `http://${headers.host ?? ''}/realms/shop` } : { error: 'Realm does not exist' },
      ),
    )
  })
  const found = await firstToMend([], { AUTH0_ISSUER: `${keycloak.origin}/realms/Shop` })
  const other = await firstToMend([], { AUTH0_ISSUER: `${keycloak.origin}/realms/stage` })
  await keycloak.close()
  expect(found).toContain(`AUTH0_ISSUER=${keycloak.origin}/realms/shop`)
  expect(other).toContain('mend the realm in AUTH0_ISSUER')
})

it('a clock that is off', async () => {
  const behind = await startTestIssuer({ now: () => Date.now() / 1000 - 600 })
  const found = await firstToMend([], { AUTH0_ISSUER: behind.issuer })
  await behind.close()
  expect(found).toContain('the clock is 10 minutes')
  expect(found).toContain('ahead of that of the issuer')
  expect(found).toContain('NTP')
})

it('an issuer whose keys are a shared secret', async () => {
  issuer.fail('keys', { body: '{"keys":[{"kty":"oct","k":"AAAA","alg":"HS256"}]}' })
  const found = await firstToMend([])
  issuer.fail('keys', undefined)
  expect(found).toContain('no usable key')
  expect(found).toContain('have the issuer sign access tokens with RS256 or ES256')
})

it('a certificate that nobody here trusts', async () => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], { keySize: 2048 })
  const server = createServer({ key, cert }, (_request, response) => response.end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // a TCP server has no other
  const found = await firstToMend([], { AUTH0_ISSUER: `https://localhost:${port}/` })
  server.close()
  expect(found).toContain('DEPTH_ZERO_SELF_SIGNED_CERT')
  expect(found).toContain('NODE_EXTRA_CA_CERTS')
})

it.each(['/oauth2/default', '/v2.0'])('an issuer without its path %s', async (path) => {
  const server = await listen(({ url, headers }, response) => {
    const isThere = url === `${path}/.well-known/openid-configuration`
    response.writeHead(isThere ? 200 : 404).end(JSON.stringify({ issuer: `http://${headers.host ?? ''}${path}` }))
  })
  const found = await firstToMend([], { AUTH0_ISSUER: server.origin })
  await server.close()
  expect(found).toContain(`AUTH0_ISSUER=${server.origin}${path}`)
})

it('a Date that a cache keeps is no clock that is off', async () => {
  const body = await (await fetch(issuer.urlOf('metadata'))).text()
  const headers = { age: '600', date: new Date(Date.now() - 600_000).toUTCString() }
  issuer.fail('metadata', { status: 200, headers, body })
  const found = await firstToMend([])
  issuer.fail('metadata', undefined)
  expect(found).toContain('nothing')
})

it('an issuer that does not bind, where DPoP is required', async () => {
  const required = { ...CLIENT, AUTH0_DPOP: 'required' }
  expect(await firstToMend([], required)).toContain('nothing')
  const unbound = await issuer.accessToken()
  issuer.fail('token', { change: { access_token: unbound } })
  const found = await firstToMend([], required)
  issuer.fail('token', undefined)
  expect(found).toContain('the issuer does not bind tokens to a DPoP key')
  expect(found).toContain('sender constraining')
})

it('a client id for the audience', async () => {
  expect(await firstToMend([], { AUTH0_AUDIENCE: 'aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW' })).toContain(
    'the audience looks like a client',
  )
})

it('a token endpoint that gives an opaque token', async () => {
  issuer.fail('token', { change: { access_token: 'b9Zk2-opaque' } })
  const found = await firstToMend([], CLIENT)
  issuer.fail('token', undefined)
  expect(found).toContain('the token is opaque')
  expect(found).toContain(`audience="${AUDIENCE}"`)
})

it.each([
  ['unauthorized_client', 'Grant type not allowed', 'allow it that grant'],
  ['access_denied', 'Client is not authorized to access', 'authorise it for this API'],
  ['access_denied', 'Service not enabled within domain: x', 'make AUTH0_AUDIENCE equal to the identifier'],
  ['invalid_client', 'Unauthorized', 'copy both anew from the dashboard'],
  ['invalid_scope', 'no', 'grant it the scope'],
])('a client that is refused: %s, %s', async (error, error_description, fix) => {
  issuer.fail('token', { status: 403, body: JSON.stringify({ error, error_description }) })
  const found = await firstToMend([], CLIENT)
  issuer.fail('token', undefined)
  expect(found).toContain(fix)
})

it('an issuer that answers with what it was sent', async () => {
  issuer.fail('token', {
    status: 400,
    body: JSON.stringify({ error: 'odd', error_description: `got ${CLIENT.AUTH0_CLIENT_SECRET} \u009b2J` }),
  })
  const { stdout } = await acmeAuth(['doctor', '--json'], { environment: { ...environment, ...CLIENT } })
  issuer.fail('token', undefined)
  expect(stdout).toContain('got (secret)')
  expect(stdout).not.toContain('\u009b')
})

it('a scope that the client does not have', async () => {
  const strict = await startTestIssuer({ audience: AUDIENCE, clients: CLIENTS })
  const found = await firstToMend(['--scope', 'write:messages'], { ...CLIENT, AUTH0_ISSUER: strict.issuer })
  await strict.close()
  expect(found).toContain('scope')
  expect(found).toContain('grant')
})

it('a Redis that evicts, and one that forgets at its end', async () => {
  const redis = await startRedis(['--maxmemory', '64mb', '--maxmemory-policy', 'allkeys-lru'])
  const REDIS_URL = `redis://127.0.0.1:${redis.port}`
  const evicts = await firstToMend([], { REDIS_URL })
  await redis.send('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
  const forgets = await firstToMend([], { REDIS_URL })
  await redis.send('CONFIG', 'SET', 'appendonly', 'yes')
  const good = await firstToMend([], { REDIS_URL })
  await redis.close()
  expect(evicts).toContain('CONFIG SET maxmemory-policy noeviction')
  expect(forgets).toContain('CONFIG SET appendonly yes')
  expect(good).toContain('nothing')
})

it('a Redis with another password, one that is a replica, and none there', async () => {
  const redis = await startRedis()
  await redis.send('CONFIG', 'SET', 'requirepass', 'right')
  const found = await firstToMend([], { REDIS_URL: `redis://:wrong-password@127.0.0.1:${redis.port}` })
  const none = await firstToMend([], { REDIS_URL: `redis://127.0.0.1:${redis.port}` })
  const follower = await startRedis(['--replicaof', '127.0.0.1', String(redis.port)])
  const replica = await firstToMend([], { REDIS_URL: `redis://127.0.0.1:${follower.port}` })
  await follower.close()
  await redis.close()
  const gone = await firstToMend([], { REDIS_URL: `redis://127.0.0.1:${redis.port}` })
  expect(found).toContain('mend user and password in REDIS_URL')
  expect(found).not.toContain('wrong-password')
  expect(none).toContain('mend user and password in REDIS_URL')
  expect(replica).toContain('this Redis is a replica')
  expect(gone).toContain('nothing listens there')
})

it('a Redis that is no Redis', async () => {
  const server = await listen((_request, response) => response.end())
  const found = await firstToMend([], { REDIS_URL: `redis://127.0.0.1:${server.port}` })
  await server.close()
  expect(found).toContain('what listens there is no Redis')
  expect(await firstToMend([], { REDIS_URL: 'localhost:6379' })).toContain('REDIS_URL is no URL of a Redis')
})

it('a guard behind the route', async () => {
  const api = await startApi(options, (app) => {
    app.get('/me', (_request, response) => void response.json({}))
  })
  expect(await firstOfApi(api)).toContain('put the guard in front of the route')
})

it('an API with another audience', async () => {
  const found = await firstOfApi(await startApi({ ...options, audience: 'https://other.example.com' }))
  expect(found).toContain('the API refuses a token that these settings accept')
  expect(found).toContain('compare AUTH0_DOMAIN, AUTH0_ISSUER and AUTH0_AUDIENCE')
})

it('CORS that hides the challenge, and CORS behind the guard', async () => {
  const origin = 'https://app.example.com'
  const hiding = await startApi(options, (app) => void app.use(cors({ origin })))
  expect(await firstOfApi(hiding, ['--origin', origin])).toContain("exposedHeaders: ['www-authenticate', 'dpop-nonce']")
  const behind = await startApi(options)
  expect(await firstOfApi(behind, ['--origin', origin])).toContain('CORS stands behind the guard')
})

it('a proxy that is not trusted', async () => {
  const api = await startApi(options)
  const proxy = await startProxy(api.port)
  const found = await firstOfApi(api, [], proxy.port)
  await proxy.close()
  expect(found).toContain('the API sees another URL than clients address')
  expect(found).toContain('DPOP_6009')
  expect(found).toContain('correlation id')
})

it('a proxy that is trusted, whoever it is', async () => {
  const api = await startApi({ ...options, onEvent: () => undefined }, (app) => void app.set('trust proxy', true))
  expect(await firstOfApi(api)).toContain('any client may say which URL it addressed')
})

it('replicas without a shared store, and replays that nobody looks for', async () => {
  const replicas = await firstOfReplicas(options, options)
  expect(replicas).toContain('each replica remembers its own proofs alone')
  expect(replicas).toContain('redisReplayStore of @acme/auth-redis')
  const none = await firstOfApi(await startApi({ ...options, dpop: { replay: false } }))
  expect(none).toContain('replays are not looked for')
})

it('nothing, of replicas that share a store and a secret', async () => {
  const redis = await startRedis(['--appendonly', 'yes'])
  const client = createClient({ url: `redis://127.0.0.1:${redis.port}` })
  await client.connect()
  const nonce = { secret: 'the same secret for all replicas', mode: 'required' } as const
  const shared: AuthOptions = { ...options, dpop: { nonce, replay: redisReplayStore(client) } }
  const found = await firstOfReplicas(shared, shared)
  await client.close()
  await redis.close()
  expect(found).toContain('nothing')
})

it('replicas with nonce secrets of their own', async () => {
  const [one, other] = ['a', 'b'].map((letter): AuthOptions => {
    return { ...options, dpop: { nonce: { secret: letter.repeat(40), mode: 'required' } } }
  })
  const found = await firstOfReplicas(one ?? options, other ?? options)
  expect(found).toContain('give all replicas the same dpop.nonce.secret')
})

it('a proof that is sent twice, by the log of the API', async () => {
  const details: string[] = []
  const api = await startApi({
    ...options,
    onEvent: (event) => {
      if (event.type === 'decision') details.push(`${event.reason ?? ''} ${event.detail ?? ''}`)
    },
  })
  const key = await createTestKey('ES256')
  const token = await issuer.accessToken({ jkt: key.thumbprint })
  const proof = await createProof({ key, url: `${api.origin}/me`, accessToken: token })
  const headers = { authorization: `DPoP ${token}`, dpop: proof }
  for (let i = 0; i < 2; i++) await (await fetch(`${api.origin}/me`, { headers })).arrayBuffer()
  await api.close()
  expect(details.join('\n')).toMatch(/proof_replayed .*want a new proof, with a jti of its own/)
})

it('certificates that nobody checks', async () => {
  const { stdout } = await acmeAuth(['doctor'], { environment: { ...environment, NODE_TLS_REJECT_UNAUTHORIZED: '0' } })
  expect(stdout).toContain('Worth a look: certificates are not checked')
})

/** Hands requests on under another host, and says so as proxies do. */
function startProxy(port: number): Promise<Running> {
  return listen((incoming, outgoing) => {
    const headers = {
      ...incoming.headers,
      host: 'inner.internal',
      'x-forwarded-host': incoming.headers.host ?? '',
      'x-forwarded-for': '192.0.2.1',
    }
    const inner = request({
      port,
      host: '127.0.0.1',
      path: incoming.url,
      method: incoming.method,
      headers,
      agent: false,
    })
    inner.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    inner.on('error', () => outgoing.destroy())
    incoming.pipe(inner)
  })
}
