import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

import { createTestKey, startTestIssuer } from '@acme/auth-testing'
import { accepts, freePort } from '@acme/tests-servers'
import { describe, expect, it, vi } from 'vitest'

import { startApi } from '../apis.js'
import { attacks, AUDIENCE } from './support.js'

const all = attacks()
const shim = fileURLToPath(new URL('../../bin/acme-auth.js', import.meta.url))

describe('what an attack does not do', () => {
  it('leave this machine, unless that is said', async () => {
    const { code, stderr } = await all.attack('http://192.0.2.1/me')
    expect([code, stderr]).toEqual([2, expect.stringContaining('192.0.2.1 is not this machine')])
  })

  it.each([
    [['--rate', '1001'], 'want 1 to 1000'],
    [['--rate', 'fast'], 'want 1 to 1000'],
    [['--timeout', '0'], 'timeout'],
    [['--only', 'everything'], '--only everything: want a part of credentials, access tokens'],
    [['--header', 'x'], '--header: want name:value'],
    [['--header', 'x: a\r\ny: b'], '--header: want name:value'],
    [['--claims', '[]'], '--claims: want -, @file or env:NAME'],
    [['--claims', '{'], '--claims: is not JSON'],
    [['--issuer-port', 'x'], '--issuer-port: want a port number'],
    [['--dpop-key', 'key.json'], '--dpop-key: is that of --token'],
    [['--ca', '/nowhere.pem'], '--ca: ENOENT'],
    [['--baseline', '/nowhere.json'], '--baseline /nowhere.json: ENOENT'],
    [['--update-baseline'], 'want --baseline FILE'],
    [['--token', 'eyJhbGciOiJub25lIn0.e30.AAAA'], '--token: want -, @file or env:NAME'],
  ])('take %j', async (args, message) => {
    const { code, stdout, stderr } = await all.attack('http://127.0.0.1:1/me', args)
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining(message)])
    expect(stderr).not.toContain('eyJ')
  })

  it('share the port of its issuer', async () => {
    const other = await startTestIssuer({ port: all.issuerPort })
    all.closing(() => other.close())
    const { code, stderr } = await all.attack('http://127.0.0.1:1/me')
    expect([code, stderr]).toEqual([2, expect.stringContaining(`--issuer-port ${all.issuerPort}: listen EADDRINUSE`)])
  })
})

describe('--start', () => {
  const script = fileURLToPath(new URL('../apps/served.mjs', import.meta.url))
  const command = (port: number, fault = ''): string => `"${process.execPath}" "${script}" ${port} ${fault}`

  it('starts the API with its settings, learns the scope, and ends it', async () => {
    const port = await freePort()
    const args = ['--start', command(port), '--only', 'requirements']
    // Of the shell that it is called from: another issuer, which is not meant.
    const environment = { ...process.env, AUTH0_DOMAIN: 'tenant.auth0.com', AUTH0_AUDIENCE: 'https://own.example.com' }
    const { code, stdout } = await all.attack(`http://127.0.0.1:${port}/messages`, args, { environment })
    expect([code, stdout]).toEqual([0, expect.stringContaining('Bearer and DPoP, scope read:messages')])
    expect(await accepts(port)).toBe(false)
  })

  it('names what ended it', async () => {
    const port = await freePort()
    const { code, stdout } = await all.attack(`http://127.0.0.1:${port}/me`, ['--start', command(port, 'crashes')], {
      environment: process.env,
    })
    expect(code).toBe(1)
    expect(stdout).toContain('Mend this first: the API is gone after: four segments')
    expect(stdout).toContain('no answer: ')
  })

  it('ends an API that stays, and whose shell ended before it', async () => {
    const port = await freePort()
    const args = ['--start', `${command(port, 'stays')} > ${all.file('log')} 2>&1; true`, '--only', 'requirements']
    const { code } = await all.attack(`http://127.0.0.1:${port}/messages`, args, { environment: process.env })
    expect([code, await accepts(port)]).toEqual([0, false])
  })

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('leaves no API behind on %s, in the middle of a request', async (signal, code) => {
    const port = await freePort()
    const start = `${command(port, 'hangs')} ${all.file(signal)}`
    const args = ['attack', `http://127.0.0.1:${port}/me`, '--start', start, '--issuer-port', '0']
    const child = spawn(process.execPath, [shim, ...args], { stdio: 'ignore' })
    const ended = once(child, 'exit')
    await vi.waitFor(() => access(all.file(signal)), { timeout: 20_000 })
    child.kill(signal)
    expect((await ended)[0]).toBe(code)
    await vi.waitFor(async () => expect(await accepts(port)).toBe(false))
  })

  it('reaches for no other machine', async () => {
    const url = 'http://192.0.2.1:3000/me'
    const { code, stderr } = await all.attack(url, ['--start', 'true'], { environment: process.env })
    expect([code, stderr]).toEqual([2, expect.stringContaining('--start: want the URL of this machine')])
  })

  it('says why it did not start, or that something else is there', async () => {
    const port = await freePort()
    const args = ['--start', command(port, 'ends')]
    const ended = await all.attack(`http://127.0.0.1:${port}/me`, args, { environment: process.env })
    expect([ended.code, ended.stderr]).toEqual([2, expect.stringContaining('it ended before it listened: no database')])
    const other = await all.attack(await all.guardedApi(), args)
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('something listens at 127.0.0.1')])
  })
})

describe('--token', () => {
  it('is enough, with its key, where the issuer is another', async () => {
    const own = await startTestIssuer({ audience: AUDIENCE })
    all.closing(() => own.close())
    const { origin } = all.kept(await startApi({ issuer: own.issuer, audience: AUDIENCE }))
    const key = await createTestKey('ES256')
    const token = await own.accessToken({ jkt: key.thumbprint })
    await writeFile(all.file('key.json'), JSON.stringify(await crypto.subtle.exportKey('jwk', key.privateKey)))
    const { code, stdout, stderr } = await all.attack(
      `${origin}/me`,
      ['--token', 'env:TOKEN', '--dpop-key', all.file('key.json')],
      {
        environment: { TOKEN: token },
      },
    )
    expect([code, stdout]).toEqual([0, expect.stringContaining('DPoP alone')])
    expect(stdout).toMatch(/– \d+ skipped: a token like that is signed by the issuer, whose key is not at hand/)
    expect(stdout + stderr).not.toContain(token.slice(0, 40))
  })
})
