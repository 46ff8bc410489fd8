import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

import { Queue } from 'bullmq'
import { exportJWK, generateKeyPair } from 'jose'
import type { CryptoKey } from 'jose'
import { startSample } from '@acme/sample-api/suite'
import type { SampleProcess } from '@acme/sample-api/suite'
import { eventually, freePort, startRedis } from '@acme/tests-servers'
import type { RedisServer } from '@acme/tests-servers'

const main = (app: string, file = 'main'): URL => new URL(`../../../${app}/dist/${file}.js`, import.meta.url)

export const AUDIENCE = 'https://api.example.test/'
const SECRET = 'local-only'

/** TCP in front of the API that the worker calls: holds requests, and lets them go on. */
export interface Gate {
  readonly origin: string
  /** Requests that came since the start. */
  requests(): number
  hold(): void
  release(): void
  close(): void
}

/** The tenant, the jobs API, the called API, and Redis: processes. */
export interface World {
  readonly redis: RedisServer
  /** Another one, for the ledger of workers. */
  readonly ledger: RedisServer
  readonly jobs: SampleProcess
  readonly gate: Gate
  readonly issuer: string
  /** What envelopes are signed with. */
  readonly signingKey: CryptoKey
  /** To write to Redis what an attacker would. */
  readonly queue: Queue
  token(client: string): Promise<string>
  startWorker(env?: Readonly<Record<string, string>>): Promise<SampleProcess>
  killApi(): Promise<void>
  startApi(): Promise<void>
  /** Calls the jobs API. */
  call(token: string, method: string, path: string): Promise<{ status: number; body: Record<string, unknown> }>
  /** Asks for a job, and waits until it is in this state. @returns its identifier */
  ask(token: string, task: string): Promise<string>
  until(id: string, state: 'completed' | 'failed' | 'delayed' | 'active'): Promise<void>
  /** Everything that stands in Redis, as text. */
  everything(): Promise<string>
  close(): Promise<void>
}

export async function startWorld(): Promise<World> {
  const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', 'noeviction']
  const pair = await generateKeyPair('ES256', { extractable: true })
  const [redis, ledger, tenant, apiPort, jwk] = await Promise.all([
    startRedis(durable),
    startRedis(),
    startSample(main('tenant'), { PORT: '0', TENANT_CLIENT_SECRET: SECRET }),
    freePort(),
    exportJWK(pair.privateKey),
  ])
  const issuer = `${tenant.origin}/`
  const shared = {
    AUTH0_ISSUER: issuer,
    AUTH0_AUDIENCE: AUDIENCE,
    TOKEN_KEY: Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url'),
    REDIS_URL: `redis://127.0.0.1:${redis.port}`,
    PORT: '0',
  }
  const apiEnv = { AUTH0_ISSUER: issuer, AUTH0_AUDIENCE: AUDIENCE, PORT: String(apiPort), DPOP_NONCE: 'required' }
  const jobs = await startSample(main('worker'), { ...shared, JOB_KEY: JSON.stringify(jwk) })
  let api = await startSample(main('express-api'), apiEnv)
  const gate = await startGate(apiPort)
  const queue = new Queue('jobs', { connection: { port: redis.port, host: '127.0.0.1' } })
  queue.on('error', () => undefined)
  const workers: SampleProcess[] = []
  const call: World['call'] = async (token, method, path) => {
    const headers = { authorization: `Bearer ${token}` }
    const response = await fetch(new URL(path, jobs.origin), { method, headers })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  return {
    redis,
    ledger,
    jobs,
    gate,
    issuer,
    signingKey: pair.privateKey,
    queue,
    call,
    token: (client) => tokenOf(issuer, client),
    async startWorker(env = {}) {
      const own = {
        WORKER_CLIENT_ID: 'nobody',
        WORKER_CLIENT_SECRET: SECRET,
        JOBS_URL: jobs.origin,
        API_URL: gate.origin,
      }
      const worker = await startSample(main('worker', 'worker-main'), { ...shared, ...own, ...env })
      workers.push(worker)
      return worker
    },
    async killApi() {
      await api.stop('SIGKILL')
    },
    async startApi() {
      api = await startSample(main('express-api'), apiEnv)
    },
    async ask(token, task) {
      const { status, body } = await call(token, 'POST', `/jobs/${task}`)
      if (status !== 202) throw new Error(`answered ${status} ${JSON.stringify(body)}`)
      return String(body['id'])
    },
    async until(id, state) {
      await eventually(`job ${id} is ${state}`, async () => (await queue.getJobState(id)) === state, 60)
    },
    everything: () => dump(redis),
    async close() {
      await queue.close()
      gate.close()
      for (const one of [...workers, jobs, api, tenant]) one.kill()
      await Promise.all([redis.close(), ledger.close()])
    },
  }
}

async function tokenOf(issuer: string, client: string): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    audience: AUDIENCE,
    client_id: client,
    client_secret: SECRET,
  })
  const response = await fetch(`${issuer}oauth/token`, { method: 'POST', body })
  const { access_token: token } = (await response.json()) as { access_token?: string }
  if (token === undefined) throw new Error(`no token: ${response.status}`)
  return token
}

/** DUMP would hide text in compressed pages: each type is read by its own command. */
async function dump(redis: RedisServer): Promise<string> {
  const reads: Readonly<Record<string, (key: string) => string[]>> = {
    string: (key) => ['GET', key],
    hash: (key) => ['HGETALL', key],
    list: (key) => ['LRANGE', key, '0', '-1'],
    set: (key) => ['SMEMBERS', key],
    zset: (key) => ['ZRANGE', key, '0', '-1'],
    stream: (key) => ['XRANGE', key, '-', '+'],
  }
  const keys = (await redis.send('KEYS', '*')).split('\r\n').filter((line) => !/^[*$]\d+$/.test(line) && line !== '')
  const texts = keys.map(async (key) => {
    const type = (await redis.send('TYPE', key)).trim().slice(1)
    const read = reads[type]
    // It may have expired meanwhile.
    if (read === undefined) return type === 'none' ? '' : Promise.reject(new Error(`${key} is a ${type}`))
    return `${key}\n${await redis.send(...read(key))}`
  })
  return (await Promise.all(texts)).join('\n')
}

async function startGate(port: number): Promise<Gate> {
  const sockets = new Set<Socket>()
  const held = new Set<Socket>()
  const state = { holding: false, requests: 0 }
  const server = createServer((socket) => {
    const upstream = connect(port, '127.0.0.1')
    for (const one of [socket, upstream])
      sockets.add(one.on('error', () => [socket, upstream].forEach((end) => end.destroy())))
    socket.on('data', (chunk) => {
      if (/^[A-Z]+ \//.test(chunk.toString('latin1'))) state.requests++
      if (state.holding) held.add(upstream.pause())
      upstream.write(chunk)
    })
    socket.on('close', () => upstream.destroy())
    upstream.on('data', (chunk) => socket.write(chunk)).on('close', () => socket.destroy())
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // listens on TCP
    requests: () => state.requests,
    hold: () => void (state.holding = true),
    release() {
      state.holding = false
      for (const one of held) one.resume()
      held.clear()
    },
    close() {
      server.close()
      for (const one of sockets) one.destroy()
    },
  }
}
