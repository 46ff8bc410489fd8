import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Ran } from './support.js'

const shim = fileURLToPath(new URL('../bin/acme-auth.js', import.meta.url))
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'acme-cli-'))
})

afterAll(() => rm(folder, { recursive: true }))

const app = (name: string): string => fileURLToPath(new URL(`apps/${name}.mjs`, import.meta.url))

/** As a program: what it loads stays in its process. CI is not set, where files may be written. */
function program(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const env = { ...process.env, CI: '', NO_COLOR: '1', ...environment }
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [shim, ...args],
      { env },
      (_, stdout, stderr) => resolve({ code: child.exitCode as Ran['code'], stdout, stderr }), // of three
    )
  })
}

describe('routes', () => {
  it('lists what protects each route, and finds the guard behind one', async () => {
    const { code, stdout } = await program(['routes', app('express')])
    expect(code).toBe(1)
    expect(stdout).toMatch(/GET +\/before +open/)
    expect(stdout).toMatch(/GET +\/health +public +health checks/)
    expect(stdout).toMatch(/GET +\/messages +guarded +scope read:messages/)
    expect(stdout).toContain('nothing protects GET /before')
  })

  it.each(['fastify', 'hono', 'nest'])('knows an application of %s', async (framework) => {
    const { code, stdout } = await program(['routes', app(framework), '--json'])
    expect([code, JSON.parse(stdout)]).toMatchObject([
      0,
      { ok: true, routes: [{ path: '/messages', access: 'guarded' }] },
    ])
  })

  it('compares with a reviewed file, for CI', async () => {
    const file = join(folder, 'census.json')
    const missing = await program(['routes', app('express'), '--check', file])
    const inCi = await program(['routes', app('express'), '--check', file, '--update'], { CI: 'true' })
    const written = await program(['routes', app('express'), '--check', file, '--update'])
    const same = await program(['routes', app('express'), '--check', file])
    await writeFile(file, (await readFile(file, 'utf8')).replace('read:messages', 'write:messages'))
    const other = await program(['routes', app('express'), '--check', file])
    expect([missing, inCi, written, same, other].map(({ code }) => code)).toEqual([1, 1, 0, 0, 1])
    expect(missing.stdout).toContain('--update')
    expect(missing.stdout).not.toContain('UPDATE_REVIEWED')
    expect(other.stdout).toContain('GET /messages: guarded (scope read:messages), was guarded (scope write:messages)')
  })

  it('lists them of a module that listens where the application runs already', async () => {
    const running = createServer().listen(0)
    await once(running, 'listening')
    const { port } = running.address() as AddressInfo // it listens at a port
    const { code, stdout, stderr } = await program(['routes', app('listening'), '--json'], { PORT: String(port) })
    running.close()
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { ok: true, routes: [{ path: '/messages' }] }])
    expect(stderr).toContain('EADDRINUSE')
    expect(stderr).not.toContain('    at ')
  })

  it('ends where a module throws later', async () => {
    const file = join(folder, 'later.mjs')
    await writeFile(file, "export const app = new Promise(() => setTimeout(() => { throw new Error('late') }))")
    const { code, stderr } = await program(['routes', file])
    expect([code, stderr]).toEqual([1, expect.stringContaining('Error: late')])
  })

  it('says what it wants', async () => {
    const none = await program(['routes', join(folder, 'none.js')])
    const other = await program(['routes', app('express'), '--export', 'auth'])
    expect([none.code, other.code]).toEqual([2, 2])
    expect(other.stderr).toContain('no application of Express, Fastify, NestJS or Hono')
  })
})

describe('report', () => {
  it('tells what a module enforces, and compares', async () => {
    const file = join(folder, 'enforced.json')
    const { code, stdout } = await program(['report', app('express')])
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^enforced +what +value +by +clause\n/)])
    await program(['report', app('express'), '--check', file, '--update'])
    const same = await program(['report', app('express'), '--check', file])
    const settings = {
      AUTH0_ISSUER: 'https://issuer.example.com/',
      AUTH0_AUDIENCE: 'https://api.example.com',
      AUTH0_DPOP: 'required',
    }
    const stricter = await program(['report', '--check', file], settings)
    expect([same.code, stricter.code]).toEqual([0, 1])
    expect(stricter.stdout).toContain('dpop.mode')
  })
})
