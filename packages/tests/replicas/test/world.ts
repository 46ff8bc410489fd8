import { createProof, createTestKey, startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer } from '@acme/auth-testing'
import { startSample } from '@acme/sample-api/suite'
import type { SampleProcess } from '@acme/sample-api/suite'
import { startNginx, startRedis } from '@acme/tests-servers'
import type { Nginx, RedisServer } from '@acme/tests-servers'

/** Nothing that was reserved is lost when Redis is killed. */
export const DURABLE = ['--maxmemory-policy', 'noeviction', '--appendonly', 'yes', '--appendfsync', 'always']

/** Sample APIs that share a Redis, behind one nginx that lets them take turns. */
export interface World {
  readonly redis: RedisServer
  readonly nginx: Nginx
  readonly replicas: readonly SampleProcess[]
  readonly issuer: ListeningTestIssuer
  /** One more, which nginx does not know. */
  startReplica(app: keyof typeof mains): Promise<SampleProcess>
  /** The headers of a request with a new proof, by default for one that goes through nginx. */
  credentials(url?: string): Promise<Record<string, string>>
  /** Sends them through nginx. */
  send(headers: Record<string, string>): Promise<Outcome>
  close(): Promise<void>
}

/** `200`, or the status and the code of a refusal. */
export type Outcome = string

const PATH = '/api/private'
export const AUDIENCE = 'https://api.example.com'
export const mains = {
  express: new URL('../../../../apps/express-api/dist/main.js', import.meta.url),
  fastify: new URL('../../../../apps/fastify-api/dist/main.js', import.meta.url),
  hono: new URL('../../../../apps/hono-api/dist/main.js', import.meta.url),
  nestjs: new URL('../../../../apps/nestjs-api/dist/main.js', import.meta.url),
}

export async function startWorld(apps: readonly (keyof typeof mains)[], settings = DURABLE): Promise<World> {
  const [redis, issuer, key] = await Promise.all([
    startRedis(settings),
    startTestIssuer({ audience: AUDIENCE }),
    createTestKey('ES256'),
  ])
  const env = {
    PORT: '0',
    TRUST_PROXY: '1',
    AUTH0_ISSUER: issuer.issuer,
    AUTH0_AUDIENCE: AUDIENCE,
    REDIS_URL: `redis://127.0.0.1:${redis.port}`,
  }
  const replicas = await Promise.all(apps.map((app) => startSample(mains[app], env)))
  const others: SampleProcess[] = []
  const nginx = await startNginx(replicas.map(({ origin }) => Number(new URL(origin).port)))
  const token = await issuer.accessToken({ jkt: key.thumbprint })
  const url = `${nginx.origin}${PATH}`
  return {
    redis,
    nginx,
    replicas,
    issuer,
    async startReplica(app) {
      const replica = await startSample(mains[app], env)
      others.push(replica)
      return replica
    },
    async credentials(target = url) {
      return { authorization: `DPoP ${token}`, dpop: await createProof({ key, url: target, accessToken: token }) }
    },
    send: (headers) => send(url, headers),
    async close() {
      for (const replica of [...replicas, ...others]) replica.kill()
      await nginx.close()
      await redis.close()
      await issuer.close()
    },
  }
}

export async function send(url: string, headers: Record<string, string>): Promise<Outcome> {
  const response = await fetch(url, { headers })
  const body: unknown = await response.json()
  if (typeof body !== 'object' || body === null || !('code' in body)) return String(response.status)
  return `${response.status} ${String(body.code)}`
}

export const REPLAYED: Outcome = '400 DPOP_6012'
export const UNAVAILABLE: Outcome = '503 SRV_5001'

/** Runs a task for each item, so many at a time. */
export async function inParallel<Item>(
  items: Iterable<Item>,
  workers: number,
  task: (item: Item) => Promise<void>,
): Promise<void> {
  // One iterator for all: each item goes to whoever is free.
  const shared = items[Symbol.iterator]()
  const work = async (): Promise<void> => {
    for (let next = shared.next(); next.done !== true; next = shared.next()) await task(next.value)
  }
  await Promise.all(Array.from({ length: workers }, work))
}
