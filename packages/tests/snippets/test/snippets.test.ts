import { spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer } from '@acme/auth-testing'
import { freePort, startRedis } from '@acme/tests-servers'
import type { RedisServer } from '@acme/tests-servers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { here } from './documents.js'
import { exampleOf, finished, listening, readSnippets, run } from './snippets.js'

const snippets = readSnippets()
const built = join(here, '.snippets')
// What is published, and where its sources are. Adapters hand on what is core's.
const entries: readonly (readonly [name: string, entry: string, folder: string])[] = [
  ['auth-core', '@acme/auth-core', 'packages/auth-core'],
  ['auth-core/node', '@acme/auth-core/node', 'packages/auth-core'],
  ['auth-core/review', '@acme/auth-core/review', 'packages/auth-core'],
  ['auth-core/openapi', '@acme/auth-core/openapi', 'packages/auth-core'],
  ['auth-express', '@acme/auth-express', 'packages'],
  ['auth-express/census', '@acme/auth-express/census', 'packages/auth-express'],
  ['auth-express/openapi', '@acme/auth-express/openapi', 'packages'],
  ['auth-express/websocket', '@acme/auth-express/websocket', 'packages'],
  ['auth-fastify', '@acme/auth-fastify', 'packages'],
  ['auth-fastify/census', '@acme/auth-fastify/census', 'packages/auth-fastify'],
  ['auth-fastify/openapi', '@acme/auth-fastify/openapi', 'packages'],
  ['auth-hono', '@acme/auth-hono', 'packages'],
  ['auth-hono/census', '@acme/auth-hono/census', 'packages/auth-hono'],
  ['auth-hono/openapi', '@acme/auth-hono/openapi', 'packages'],
  ['auth-nestjs', '@acme/auth-nestjs', 'packages'],
  ['auth-introspection', '@acme/auth-introspection', 'packages/auth-introspection'],
  ['auth-otel', '@acme/auth-otel', 'packages/auth-otel'],
  ['auth-revocation', '@acme/auth-revocation', 'packages/auth-revocation'],
  ['auth-nestjs/census', '@acme/auth-nestjs/census', 'packages/auth-nestjs'],
  ['auth-nestjs/openapi', '@acme/auth-nestjs/openapi', 'packages'],
  ['auth-redis', '@acme/auth-redis', 'packages/auth-redis'],
  ['auth-redis/revocations', '@acme/auth-redis/revocations', 'packages/auth-redis'],
  ['auth-redis/tickets', '@acme/auth-redis/tickets', 'packages/auth-redis'],
  ['auth-redis/traces', '@acme/auth-redis/traces', 'packages/auth-redis'],
  ['auth-redis/tokens', '@acme/auth-redis/tokens', 'packages/auth-redis'],
  ['auth-testing', '@acme/auth-testing', 'packages/auth-testing'],
  ['auth-client', '@acme/auth-client', 'packages/auth-client'],
  ['auth-client/dpop', '@acme/auth-client/dpop', 'packages/auth-client'],
  ['auth-client/browser', '@acme/auth-client/browser', 'packages/auth-client'],
  ['auth-conformance', '@acme/auth-conformance', 'packages/auth-conformance'],
  ['auth-conformance/replay-store', '@acme/auth-conformance/replay-store', 'packages/auth-conformance'],
]
let issuer: ListeningTestIssuer
let redis: RedisServer
let environment: NodeJS.ProcessEnv

beforeAll(async () => {
  issuer = await startTestIssuer({ audience: 'https://api.example.com' })
  redis = await startRedis()
  environment = {
    ...process.env,
    // As a developer has it.
    NODE_ENV: 'development',
    AUTH0_ISSUER: issuer.issuer,
    AUTH0_AUDIENCE: issuer.audience,
    REDIS_URL: `redis://127.0.0.1:${redis.port}`,
  }
  rmSync(built, { recursive: true, force: true })
  mkdirSync(join(built, 'src'), { recursive: true })
  for (const [index, { code }] of snippets.entries()) writeFileSync(join(built, `src/${index}.ts`), code)
})

afterAll(async () => {
  await redis.close()
  await issuer.close()
})

it('finds the snippets', () => {
  expect(snippets.filter(({ place }) => place.startsWith('README.md')).length).toBeGreaterThanOrEqual(4)
  expect(snippets.filter(({ place }) => /^packages\/[^/]+\/guides\//.test(place)).length).toBeGreaterThanOrEqual(20)
  expect(snippets.filter(({ serves }) => serves).length).toBeGreaterThanOrEqual(4)
})

it.each(entries)('%s has an example for each function', async (_, entry, folder) => {
  const names = Object.keys((await import(entry)) as object) // its exports
  const functions = names.filter((name) => exampleOf(folder, name) !== undefined)
  expect(functions.length).toBeGreaterThan(0)
  expect(functions.filter((name) => exampleOf(folder, name) === false)).toEqual([])
})

it('compiles all of them', async () => {
  const places = snippets.map(({ place }, index) => `${index}.ts is ${place}`).join('\n')
  const { exitCode, output } = await run('node_modules/.bin/tsc', ['-p', 'tsconfig.snippets.json'])
  expect(exitCode, `${output}\n${places}`).toBe(0)
})

const programs = snippets.map((snippet, index) => ({ ...snippet, program: join(built, `out/${index}.js`) }))

// In one process: none of them leaves anything open.
it('runs the examples in the sources', async () => {
  const examples = programs.filter(({ isExample }) => isExample)
  expect(examples.length).toBeGreaterThanOrEqual(40)
  const load = examples.map(
    ({ place, program }) => `console.log(${JSON.stringify(place)}); await import(${JSON.stringify(program)})`,
  )
  const { exitCode, output } = await run(
    process.execPath,
    ['--input-type=module', '--eval', load.join('\n')],
    environment,
  )
  expect(exitCode, output).toBe(0)
})

describe.each(programs.filter(({ isExample }) => !isExample))('$place', ({ serves, program }) => {
  it(serves ? 'serves' : 'runs', async () => {
    if (serves) return expectServes(program)
    const { exitCode, output } = await run(process.execPath, [program], environment)
    expect(exitCode, output).toBe(0)
  })
})

async function expectServes(program: string): Promise<void> {
  const port = await freePort()
  const child = spawn(process.execPath, [program], { env: { ...environment, PORT: String(port) } })
  const ended = finished(child)
  try {
    await listening(port, ended)
    await expectGuarded(`http://localhost:${port}`)
  } finally {
    child.kill()
    await ended
  }
}

/** What every example does: anybody sees the health, a user sees herself, and messages need their scope. */
async function expectGuarded(origin: string): Promise<void> {
  const get = async (path: string, token?: string): Promise<unknown> => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const response = await fetch(`${origin}${path}`, { headers })
    return [
      response.status,
      response.headers.get('www-authenticate'),
      response.status === 200 ? await response.json() : 0,
    ]
  }
  const bare = 'Bearer realm="api", DPoP algs="ES256"'
  expect(await get('/health')).toEqual([200, null, { status: 'ok' }])
  expect(await get('/me')).toEqual([401, bare, 0])
  expect(await get('/me', await issuer.accessToken())).toEqual([200, null, { sub: 'user-1' }])
  const scope = 'scope="read:messages"'
  // A guard of all routes, which stands first, does not know what the route asks for.
  const scoped = `Bearer realm="api", ${scope}, DPoP algs="ES256", ${scope}`
  expect([
    [401, bare, 0],
    [401, scoped, 0],
  ]).toContainEqual(await get('/messages'))
  expect(await get('/messages', await issuer.accessToken())).toEqual([
    403,
    expect.stringContaining('scope="read:messages"'),
    0,
  ])
  expect(await get('/messages', await issuer.accessToken({ scope: 'read:messages' }))).toEqual([200, null, []])
}
