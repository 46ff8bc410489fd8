import { createProof, createTestKey } from '@acme/auth-testing'
import cors from 'cors'
import { fileURLToPath } from 'node:url'

import type { Chapter } from './mistake.js'
import { AUDIENCE, CLIENT, ORIGIN } from './world.js'

const DOCTOR_API = 'acme-auth doctor --api https://api.example.com/me'
const EXPLAIN = 'acme-auth explain --url https://api.example.com/me --token @token.txt'

/** The twenty that everybody makes. */
export const TWENTY: Chapter = {
  title: 'The twenty that everybody makes',
  mistakes: [
    {
      name: 'wrong audience',
      atHand: 'a token',
      command: 'acme-auth inspect @token.txt',
      says: 'audience: aud is "https://other.example.com"',
      fix: 'the client requests a token with that audience',
      made: (world) => world.inspect({ claims: { aud: 'https://other.example.com' } }),
    },
    {
      name: '`https://` in the domain',
      atHand: 'the settings',
      command: 'acme-auth doctor',
      says: 'the settings cannot be used',
      fix: 'AUTH0_DOMAIN=tenant.auth0.com',
      made: (world) => world.doctor({ AUTH0_ISSUER: '', AUTH0_DOMAIN: 'https://tenant.auth0.com/' }),
    },
    {
      name: 'missing slash',
      atHand: 'the settings',
      command: 'acme-auth doctor',
      says: 'the issuer calls itself by another name',
      fix: 'AUTH0_ISSUER=http://127.0.0.1',
      made: (world) => world.doctor({ AUTH0_ISSUER: world.issuer.issuer.replace(/\/$/, '') }),
    },
    {
      name: 'untrusted proxy',
      atHand: 'the URL of the API',
      command: DOCTOR_API,
      says: 'the API takes http for the scheme that clients address',
      fix: "app.set('trust proxy', 1)",
      async made(world) {
        const nginx = await world.nginx([await world.api()], { tls: world.certificate })
        const more = { ...CLIENT, NODE_EXTRA_CA_CERTS: world.certificate.file }
        return world.program(['doctor', '--api', `${nginx.origin}/me`], more)
      },
    },
    {
      name: 'opaque token',
      atHand: 'a token',
      command: 'acme-auth inspect @token.txt',
      says: 'token form: not a JWT',
      fix: `what Auth0 issues where the client did not ask for audience="${AUDIENCE}"`,
      made: (world) => world.inspect('b9Zk2opaque'),
    },
    {
      name: 'clock',
      atHand: 'the settings',
      command: 'acme-auth doctor',
      says: /^the clock is 10 minutes.* ahead of that of the issuer$/,
      fix: 'have the clock set by NTP',
      async made(world) {
        const behind = await world.otherIssuer({ now: () => Date.now() / 1000 - 600 })
        return world.doctor({ AUTH0_ISSUER: behind.issuer })
      },
    },
    {
      name: 'rotated key',
      atHand: 'a token',
      command: 'acme-auth inspect @token.txt --verify',
      says: 'key: issuer has no such ES256 key',
      fix: 'get a new token',
      async made(world) {
        const issuer = await world.otherIssuer()
        const token = await issuer.accessToken()
        await issuer.rotateKey({ keepPrevious: false })
        return world.run(['inspect', '-', '--verify'], { AUTH0_ISSUER: issuer.issuer }, token)
      },
    },
    {
      name: 'wrong realm',
      atHand: 'the settings',
      command: 'acme-auth doctor',
      says: 'the issuer has no metadata there',
      fix: '/realms/shop',
      async made(world) {
        const keycloak = await world.server(({ url, headers }, response) => {
          const isThere = url === '/realms/shop/.well-known/openid-configuration'
          response.writeHead(isThere ? 200 : 404, { 'content-type': 'application/json' })
          const issuer = `http://${headers.host ?? ''}/realms/shop`
          response.end(JSON.stringify(isThere ? { issuer } : { error: 'Realm does not exist' }))
        })
        return world.doctor({ AUTH0_ISSUER: `${keycloak.origin}/realms/Shop` })
      },
    },
    {
      name: 'missing scope',
      atHand: 'the URL of the API, and a token',
      command: 'acme-auth call https://api.example.com/messages --token @token.txt',
      says: 'the token lacks the scope read:messages',
      fix: 'acme-auth token --scope "read:messages"',
      async made(world) {
        const api = await world.api({}, (app, { requireAuth }) => {
          app.get('/messages', requireAuth('read:messages'), (_request, response) => void response.json([]))
        })
        const token = await world.issuer.accessToken({ scope: 'read:other' })
        return world.run(['call', `${api.origin}/messages`, '--token', '-'], {}, token)
      },
    },
    {
      name: 'permission for scope',
      atHand: 'a token, and what the route requires',
      command: `${EXPLAIN} --scope read:x`,
      says: /^requirements: .*read:x/,
      fix: 'permission',
      made: (world) => world.explain({ claims: { permissions: ['read:x'] } }, ['--scope', 'read:x']),
    },
    {
      name: 'replayed proof',
      atHand: 'the correlation id of the answer',
      command: 'acme-auth why ID --api https://api.example.com/internal/traces --scope read:traces',
      says: /^replay: /,
      fix: 'want a new proof, with a jti of its own',
      async made(world) {
        const api = await world.api({ traces: true }, (app, { requireAuth, traceRoute }) => {
          app.get('/internal/traces/:id', requireAuth('read:traces'), traceRoute())
        })
        const token = await world.issuer.accessToken(world.bound)
        const proof = await createProof({ key: world.key, url: `${api.origin}/me`, accessToken: token })
        const headers = { authorization: `DPoP ${token}`, dpop: proof }
        await (await fetch(`${api.origin}/me`, { headers })).arrayBuffer()
        const refused = await fetch(`${api.origin}/me`, { headers })
        const { correlation_id: id } = (await refused.json()) as { correlation_id: string } // of a refusal
        return world.run(['why', id, '--api', `${api.origin}/internal/traces`, '--scope', 'read:traces'], CLIENT)
      },
    },
    {
      name: '`htu` of the inner URL',
      atHand: 'a token and a proof',
      command: `${EXPLAIN} --proof @proof.txt`,
      says: 'proof URL: htu says scheme http, computed https',
      fix: 'htu is the URL that the client calls',
      made: (world) => world.explain(world.bound, [], { url: 'http://10.0.0.5:3000/me' }),
    },
    {
      name: 'RS256 proof',
      atHand: 'a token and a proof',
      command: `${EXPLAIN} --proof @proof.txt`,
      says: 'proof algorithm: alg is "RS256"',
      fix: 'sign proofs with an accepted algorithm',
      async made(world) {
        const rsa = await createTestKey('RS256')
        return world.explain({ jkt: rsa.thumbprint }, [], { key: rsa })
      },
    },
    {
      name: 'CORS that hides the challenge',
      atHand: 'the URL of the API, and the origin of the page',
      command: `${DOCTOR_API} --origin ${ORIGIN}`,
      says: 'CORS hides the challenge from pages',
      fix: "exposedHeaders: ['www-authenticate', 'dpop-nonce']",
      async made(world) {
        const api = await world.api({}, (app) => void app.use(cors({ origin: ORIGIN })))
        return world.doctorOf(api, ['--origin', ORIGIN])
      },
    },
    {
      name: 'Redis that evicts',
      atHand: 'REDIS_URL',
      command: 'acme-auth doctor',
      says: 'Redis evicts: a full one forgets proofs',
      fix: 'CONFIG SET maxmemory-policy noeviction',
      async made(world) {
        const redis = await world.redis(['--maxmemory', '64mb', '--maxmemory-policy', 'allkeys-lru'])
        return world.doctor({ REDIS_URL: `redis://127.0.0.1:${redis.port}` })
      },
    },
    {
      name: 'two replicas without a shared store',
      atHand: 'the URL of the API',
      command: DOCTOR_API,
      says: 'a proof is accepted more than once',
      fix: 'dpop.replay: a store that replicas share: redisReplayStore of @acme/auth-redis',
      made: async (world) => world.doctorOf(await world.nginx([await world.api(), await world.api()])),
    },
    {
      name: 'nonce secret that differs',
      atHand: 'the URL of the API',
      command: DOCTOR_API,
      says: 'a nonce of the API is refused by the API',
      fix: 'give all replicas the same dpop.nonce.secret',
      async made(world) {
        const replica = (letter: string): ReturnType<typeof world.api> =>
          world.api({ dpop: { nonce: { secret: letter.repeat(40), mode: 'required' } } })
        return world.doctorOf(await world.nginx([await replica('a'), await replica('b')]))
      },
    },
    {
      name: 'guard after the route',
      atHand: 'the code of the API',
      command: 'acme-auth routes app.js',
      says: 'nothing protects GET /before',
      fix: 'put a guard in front (one that stands behind the route is not met)',
      made: (world) => world.program(['routes', fileURLToPath(new URL('../apps/express.mjs', import.meta.url))]),
    },
    {
      name: 'token of another tenant',
      atHand: 'a token',
      command: 'acme-auth inspect @token.txt',
      says: 'issuer: iss is "https://stage.example.auth0.com/"',
      fix: 'a token of another tenant or environment',
      made: (world) =>
        world.inspect({ claims: { iss: 'https://stage.example.auth0.com/' } }, [
          '--issuer',
          'https://prod.example.auth0.com/',
        ]),
    },
    {
      name: 'ID token',
      atHand: 'a token',
      command: 'acme-auth inspect @token.txt',
      says: 'perhaps an ID token',
      fix: 'send access_token of the token response, and not id_token',
      made: (world) => world.inspect({ claims: { aud: 'client-1', azp: 'client-1', nonce: 'n' } }),
    },
  ],
}
