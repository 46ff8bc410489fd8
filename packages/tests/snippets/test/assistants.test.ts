import { startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer } from '@acme/auth-testing'
import { freePort } from '@acme/tests-servers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { read } from './documents.js'
import { blocksOf, compile, project, start } from './follow.js'
import { run } from './snippets.js'

// What a coding assistant does with the AGENTS.md of an adapter: each file is written, each change is made, nothing else.
const NAMES = ['express', 'fastify', 'hono', 'nestjs']
const [TSCONFIG = ''] = blocksOf(read('apps/docs/pages/start/nestjs.md')).flatMap(({ file, code }) =>
  file === 'tsconfig.json' ? [code] : [],
)
let issuer: ListeningTestIssuer

beforeAll(async () => {
  issuer = await startTestIssuer({ audience: 'https://api.example.com' })
})

afterAll(() => issuer.close())

/** The files of a guide: those that it shows whole, and of its change the sides that are asked for. */
function filesOf(guide: string, side: '-' | '+'): Record<string, string> {
  const files = blocksOf(guide).filter(({ language }) => ['js', 'typescript', 'diff'].includes(language))
  const entries = files.map(({ language, file = '', code }) => [file, language === 'diff' ? sideOf(code, side) : code])
  return { 'tsconfig.json': TSCONFIG, ...Object.fromEntries(entries) }
}

/** A diff's text before (`-`) or after (`+`) the change. */
function sideOf(diff: string, side: '-' | '+'): string {
  const lines = diff.split('\n').filter((line) => line === '' || line.startsWith(' ') || line.startsWith(side))
  return lines.map((line) => line.slice(1)).join('\n')
}

/** Starts the application of a folder, asks it, and stops it. */
async function answersOf(folder: string, isCompiled: boolean): Promise<unknown[]> {
  const settings = { AUTH0_ISSUER: issuer.issuer, AUTH0_AUDIENCE: issuer.audience }
  const app = await start([isCompiled ? 'dist/main.js' : 'server.mjs'], folder, await freePort(), settings)
  const get = async (path: string, token?: string): Promise<unknown> => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const response = await fetch(`http://localhost:${app.port}${path}`, { headers })
    return response.status === 200 ? response.json() : response.status
  }
  try {
    return [
      await get('/health'),
      await get('/me'),
      await get('/me', await issuer.accessToken()),
      await get('/messages'),
      await get('/messages', await issuer.accessToken()),
      await get('/messages', await issuer.accessToken({ scope: 'read:messages' })),
    ]
  } finally {
    await app.stop()
  }
}

describe.each(NAMES)('AGENTS.md of auth-%s', (name) => {
  const guide = read(`packages/auth-${name}/AGENTS.md`)
  const isCompiled = name === 'nestjs'

  it('protects an application that was open', async () => {
    const folders: string[] = []
    for (const [side, label] of [
      ['-', 'before'],
      ['+', 'after'],
    ] as const) {
      const files = Object.entries(filesOf(guide, side)).filter(([file]) => !file.includes('.test.'))
      folders.push(project(`agents-${name}-${label}`, Object.fromEntries(files)))
    }
    const [before = '', after = ''] = folders
    if (isCompiled) await Promise.all(folders.map(compile))
    const ok = { status: 'ok' }
    expect(await answersOf(before, isCompiled)).toEqual([ok, { sub: null }, { sub: null }, [], [], []])
    expect(await answersOf(after, isCompiled)).toEqual([ok, 401, { sub: 'user-1' }, 401, 403, []])
  })

  it('has a test that passes then, and fails before', async () => {
    const exitCodes = []
    for (const side of ['-', '+'] as const) {
      const folder = project(`agents-${name}-test`, filesOf(guide, side))
      if (isCompiled) await compile(folder)
      const file = isCompiled ? 'dist/app.test.js' : 'app.test.mjs'
      const { NODE_OPTIONS, ...env } = process.env
      exitCodes.push((await run(process.execPath, ['--test', `${folder}/${file}`], env)).exitCode)
    }
    expect(exitCodes).toEqual([1, 0])
  })

  it('leads to what holds for all frameworks, and is shipped', () => {
    expect(guide).toContain('/packages/auth-core/guides/coding-assistants.md)')
    const manifest: unknown = JSON.parse(read(`packages/auth-${name}/package.json`))
    expect(manifest).toMatchObject({ files: expect.arrayContaining(['AGENTS.md']) })
  })

  it('says the same as the others but for its framework', () => {
    const shared = (text: string): string =>
      text
        .replaceAll(/-(express|fastify|hono|nestjs)/g, '')
        .replaceAll(/Express|Fastify|NestJS|Hono/g, 'X')
        .replaceAll(/^## (Guard|Test)$.*?(?=^## )/gms, '')
    expect(shared(guide)).toBe(shared(read('packages/auth-express/AGENTS.md')))
  })
})
