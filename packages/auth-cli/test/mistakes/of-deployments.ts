import { redisReplayStore } from '@acme/auth-redis'
import { freePort } from '@acme/tests-servers'
import cors from 'cors'
import { createClient } from 'redis'

import { AT, deployed } from './deployed.js'
import type { Chapter } from './mistake.js'
import { ORIGIN } from './world.js'

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
    {
      ...AT,
      name: 'a certificate of the API that nobody here trusts',
      says: 'the API cannot be reached: DEPTH_ZERO_SELF_SIGNED_CERT',
      fix: 'NODE_EXTRA_CA_CERTS=ca.pem',
      made: async (world) => world.doctorOf(await world.nginx([await world.api()], { tls: world.certificate })),
    },
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
