import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

import { redisTokenStore } from '@acme/auth-redis/tokens'
import { startRedis } from '@acme/tests-servers'
import { createClient } from 'redis'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { createAuthClient } from '../src/index.js'
import { CALLBACK } from '../test/support/client.js'
import { startProvider } from '../test/support/provider.js'
import type { RealIssuer } from '../test/support/provider.js'

const PROCESSES = 4
const CLIENTS = 5
const MINUTES = 60
const closing: (() => unknown)[] = []

afterEach(async () => {
  vi.useRealTimers()
  for (const close of closing.splice(0).toReversed()) await close()
})

async function start(issuer: string, redis: string): Promise<ChildProcess> {
  const program = fileURLToPath(new URL('process.mjs', import.meta.url))
  const child = fork(program, [JSON.stringify({ issuer, redis, clients: CLIENTS })], { execArgv: [] })
  closing.push(() => child.kill())
  await once(child, 'message')
  return child
}

async function logIn(issuer: RealIssuer, redis: string): Promise<void> {
  const connection = createClient({ url: redis })
  await connection.connect()
  const store = redisTokenStore(connection, { encryption: { keys: [new Uint8Array(32).fill(7)] } })
  const common = { clientId: 'public', authentication: 'none', resource: 'https://api.test/', store } as const
  const client = createAuthClient({ issuer: issuer.issuer, ...common })
  const scopes = ['openid', 'offline_access', 'read:messages']
  const { url, stored } = await client.authorizationRequest({ redirectUri: CALLBACK, scopes })
  await client.session('the session').save(await client.handleCallback(await issuer.authorize(url), stored))
  connection.destroy()
}

async function ask(child: ChildProcess, now: number): Promise<readonly string[]> {
  child.send({ now })
  const [values] = (await once(child, 'message')) as [string[]] // what the program sends
  return values
}

describe('four processes with five clients each, on Redis, with rotation and reuse detection', () => {
  it('keep a session for an hour: no logout, no refresh token twice', async () => {
    // The issuer lives in this process, and by its clock.
    vi.useFakeTimers({ toFake: ['Date'] })
    const issuer = await startProvider({ lifetime: 60 })
    closing.push(() => issuer.close())
    const server = await startRedis()
    closing.push(() => server.close())
    const redis = `redis://127.0.0.1:${server.port}`
    await logIn(issuer, redis)
    let renewals = 0
    issuer.provider.on('grant.success', () => void (renewals += 1))
    const children = await Promise.all(Array.from({ length: PROCESSES }, () => start(issuer.issuer, redis)))
    const seen = new Set<string>()
    for (let minute = 0; minute < MINUTES; minute += 1) {
      vi.setSystemTime(Date.now() + 60_000)
      const values = (await Promise.all(children.map((child) => ask(child, Date.now() / 1000)))).flat()
      expect(values, [...values, ...issuer.errors].join('\n')).toHaveLength(PROCESSES * CLIENTS)
      expect(new Set(values).size, values.join('\n')).toBe(1)
      for (const value of values) seen.add(value)
    }
    expect(seen.size).toBe(MINUTES)
    expect([renewals, issuer.reuses(), issuer.errors]).toEqual([MINUTES, 0, []])
  })
})
