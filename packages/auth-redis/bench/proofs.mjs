// How much a Redis holds, and how fast: `node bench/proofs.mjs [seconds] [entries]`, after a build. Starts its own
// redis-server on loopback, so the figures include the client and everything else that runs on this machine.
import { randomBytes } from 'node:crypto'
import { cpus } from 'node:os'

import { startRedis } from '@acme/tests-servers'
import { Redis } from 'ioredis'
import { createClient } from 'redis'

import { redisReplayStore } from '../dist/index.js'

const [seconds = 5, entries = 1_000_000] = process.argv.slice(2).map(Number)
const WINDOW = 200
const LIFETIME = 330

console.log(`node ${process.version}, ${cpus()[0]?.model}, ${cpus().length} CPUs, ${WINDOW} requests at a time`)
await memory()
for (const [name, settings] of Object.entries({
  'no persistence': [],
  'appendfsync everysec': ['--appendonly', 'yes'],
  'appendfsync always': ['--appendonly', 'yes', '--appendfsync', 'always'],
})) {
  await rate(name, settings)
}

/** Bytes that Redis takes for each proof. */
async function memory() {
  const redis = await startRedis()
  const client = await createClient({ url: `redis://127.0.0.1:${redis.port}` }).connect()
  const store = redisReplayStore(client, { timeout: 60 })
  const before = await used(client)
  const until = Date.now() / 1000 + 3600
  await run({ store, until, more: (sent) => sent < entries })
  const bytes = ((await used(client)) - before) / entries
  const rss = Number(/used_memory_rss:(\d+)/.exec(await client.info('memory'))?.[1]) / entries
  const [key] = (await client.scan('0', { COUNT: 1 })).keys
  console.log(`memory of ${entries} proofs: ${bytes.toFixed(0)} bytes each, ${rss.toFixed(0)} resident`)
  console.log(`MEMORY USAGE of one: ${await client.memoryUsage(key)} bytes`)
  client.destroy()
  await redis.close()
}

async function used(client) {
  return Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1])
}

/** Proofs per second that get through. */
async function rate(name, settings) {
  const redis = await startRedis(settings)
  const url = `redis://127.0.0.1:${redis.port}`
  const node = await createClient({ url }).connect()
  const io = new Redis(url)
  for (const [library, client] of Object.entries({ redis: node, ioredis: io })) {
    const store = redisReplayStore(client, { timeout: 60 })
    const before = await cpu(node)
    const started = performance.now()
    const end = started + seconds * 1000
    const sent = await run({ store, until: Date.now() / 1000 + LIFETIME, more: () => performance.now() < end })
    const took = (performance.now() - started) / 1000
    const busy = ((await cpu(node)) - before) / took
    const perSecond = sent / took
    console.log(
      `${name}, ${library}: ${perSecond.toFixed(0)} proofs/s, Redis busy ${(busy * 100).toFixed(0)} %` +
        `, or ${(perSecond / busy).toFixed(0)} proofs/s for a whole core`,
    )
  }
  node.destroy()
  io.disconnect()
  await redis.close()
}

/** Seconds of processor time that the server's main thread took. */
async function cpu(client) {
  const info = await client.info('cpu')
  const part = (name) => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)?.[1])
  return part('used_cpu_sys_main_thread') + part('used_cpu_user_main_thread')
}

/** Reserves new keys, so many at a time, while there is more to do. */
async function run({ store, until, more }) {
  let sent = 0
  const digest = randomBytes(32).toString('base64url')
  const sender = { owner: digest, thumbprint: digest }
  await Promise.all(
    Array.from({ length: WINDOW }, async () => {
      while (more(sent)) {
        sent += 1
        const result = await store.reserve(randomBytes(32).toString('base64url'), until, sender)
        if (result !== 'reserved') throw new Error(`a new proof was ${result}`)
      }
    }),
  )
  return sent
}
