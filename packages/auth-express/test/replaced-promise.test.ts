import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { createProof, createTestKey } from '@acme/auth-testing'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createWorld, send } from '@acme/tests-adapters'
import type { Header, World } from '@acme/tests-adapters'

// Libraries that replace the global Promise, so that what an async function answers is no instance of it any more.
// Whoever asks `instanceof Promise` takes a pending answer for the answer: RFC 7515 §5.2, RFC 9449 §4.3.
const LIBRARIES = ['none', 'continuation-local-storage', 'bluebird', 'zone.js/node']
const SCHEDULINGS = ['auto', 'synchronous', 'thread-pool']

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

let world: World
let folder: string
let entries: Readonly<Record<'node' | 'web', string>>
beforeAll(async () => {
  world = await createWorld('RS256')
  folder = await mkdtemp(join(tmpdir(), 'web-build-'))
  entries = { node: '@acme/auth-express', web: join(folder, 'web.js') }
  // As for runtimes without Node's own cryptography.
  const resolve = { conditionNames: ['import', 'default'] }
  const bundle = await rolldown({ input: path('../dist/index.js'), platform: 'neutral', resolve, logLevel: 'silent' })
  await bundle.write({ file: entries.web, format: 'esm' })
})
afterAll(async () => {
  await world.issuer.close()
  await rm(folder, { recursive: true })
})

interface Application {
  readonly port: number
  readonly child: ChildProcess
}

async function start(library: string, build: 'node' | 'web', scheduling: string): Promise<Application> {
  const env = { ...process.env, AUTH0_ISSUER: world.options.issuer, AUTH0_AUDIENCE: world.options.audience }
  const args = [path('fixtures/replaced-promise.mjs'), library, entries[build], scheduling]
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface(child.stdout)) {
    const port = /^listening on http:\/\/127\.0\.0\.1:(\d+)$/.exec(line)?.[1]
    if (port !== undefined) return { port: Number(port), child }
  }
  throw new Error(`${args.join(' ')} ended without listening`)
}

/** Pipelines a request so many times over each of so many sockets. @returns how often each status came */
async function burst(port: number, target: string, headers: readonly Header[]): Promise<ReadonlyMap<string, number>> {
  const SOCKETS = 10
  const REQUESTS = 40
  const lines = [`GET ${target} HTTP/1.1`, `Host: 127.0.0.1:${port}`, ...headers.map((pair) => pair.join(': '))]
  const text = (connection: string): string => [...lines, `Connection: ${connection}`, '', ''].join('\r\n')
  const answers = await Promise.all(
    Array.from({ length: SOCKETS }, async () => {
      const socket = connect(port, '127.0.0.1')
      socket.write(text('keep-alive').repeat(REQUESTS - 1) + text('close'))
      let received = ''
      for await (const chunk of socket) received += String(chunk)
      return [...received.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status = '']) => status)
    }),
  )
  const counts = new Map<string, number>()
  for (const status of answers.flat()) counts.set(status, (counts.get(status) ?? 0) + 1)
  return counts
}

describe.each(
  LIBRARIES.flatMap((library) => [
    ...SCHEDULINGS.map((scheduling) => ({ library, build: 'node' as const, scheduling })),
    { library, build: 'web' as const, scheduling: 'auto' },
  ]),
)('with $library, on the $build build, $scheduling', ({ library, build, scheduling }) => {
  let application: Application
  beforeAll(async () => {
    application = await start(library, build, scheduling)
  })
  afterAll(async () => {
    if (application.child.exitCode !== null) return
    const closed = once(application.child, 'close')
    application.child.kill()
    await closed
  })

  it('accepts a good token from the first one on, and again from the cache', async () => {
    const headers = await world.bearer({ scope: 'admin', claims: { sub: 'alice' } })
    for (let time = 1; time <= 4; time++) {
      expect(await send(application.port, '/scope', headers)).toMatchObject({ status: 200, body: '{"sub":"alice"}' })
    }
  })

  it('refuses forged signatures, one at a time and in a crowd', async () => {
    const headers = await world.bearer({ signature: 'flipped', claims: { sub: 'mallory' }, scope: 'admin' })
    expect(await send(application.port, '/scope', headers)).toMatchObject({ status: 401 })
    expect(await burst(application.port, '/scope', headers)).toStrictEqual(new Map([['401', 400]]))
  })

  it('refuses a token that lacks the scope, in a crowd', async () => {
    expect(await burst(application.port, '/scope', await world.bearer())).toStrictEqual(new Map([['403', 400]]))
  })

  it('refuses a stolen bound token with the proof of a thief', async () => {
    const [owner, thief] = [await createTestKey('ES256'), await createTestKey('ES256')]
    const accessToken = await world.issuer.accessToken({ jkt: owner.thumbprint, claims: { sub: 'victim' } })
    const url = `http://127.0.0.1:${application.port}/required`
    const proofs = [
      await createProof({ key: thief, url, accessToken }),
      await createProof({ key: thief, url: 'http://127.0.0.1/other', accessToken: 'another' }),
      await createProof({ key: owner, url, accessToken, signature: 'flipped' }),
    ]
    for (const target of ['/required', '/allowed', '/required']) {
      for (const proof of proofs) {
        const headers: Header[] = [
          ['Authorization', `DPoP ${accessToken}`],
          ['DPoP', proof],
        ]
        const { status } = await send(application.port, target, headers)
        expect([400, 401], target).toContain(status)
      }
    }
  })

  it('accepts a proof once, by a store that answers later', async () => {
    const headers = await world.dpop(`http://127.0.0.1:${application.port}/allowed`)
    const statuses = await Promise.all(
      Array.from({ length: 20 }, async () => (await send(application.port, '/allowed', headers)).status),
    )
    expect(statuses.toSorted((a, b) => a - b)).toStrictEqual([200, ...Array.from({ length: 19 }, () => 400)])
    expect((await send(application.port, '/allowed', headers)).status).toBe(400)
  })

  it('goes on, whatever its hooks have rejected with', async () => {
    expect((await send(application.port, '/allowed', await world.bearer())).status).toBe(200)
    expect(application.child.exitCode).toBeNull()
  })
})
