import { execFile } from 'node:child_process'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'

import { startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer } from '@acme/auth-testing'
import { freePort } from '@acme/tests-servers'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { run } from '../src/run.js'
import { acmeAuth } from './support.js'

const shim = fileURLToPath(new URL('../bin/acme-auth.js', import.meta.url))
const SECRET = 'a-secret-of-the-client'
let issuer: ListeningTestIssuer
let environment: NodeJS.ProcessEnv

beforeAll(async () => {
  issuer = await startTestIssuer({ audience: 'https://api.example.com' })
  environment = {
    AUTH0_ISSUER: issuer.issuer,
    AUTH0_AUDIENCE: issuer.audience,
    AUTH0_CLIENT_ID: 'worker',
    AUTH0_CLIENT_SECRET: SECRET,
  }
})
afterEach(() => issuer.fail('token', undefined))
afterAll(() => issuer.close())

describe('token, where the issuer says no', () => {
  const refuse = (error_description: string): void =>
    issuer.fail('token', {
      status: 403,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ error: 'unauthorized_client', error_description }),
    })

  it.each([
    ['client credentials', []],
    ['a refresh token', ['refresh', '--refresh-token', 'env:TOKEN', '--save', join(tmpdir(), 'acme-refused.json')]],
    ['an exchange', ['exchange', '--subject-token', 'env:TOKEN']],
  ])('says what it says: %s', async (_, args) => {
    refuse('Grant type not allowed for the client.')
    const { code, stdout, stderr } = await acmeAuth(['token', ...args], {
      environment: { ...environment, TOKEN: 'a-token' },
    })
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain('the issuer says: unauthorized_client: Grant type not allowed for the client.')
  })

  it('says nothing of what was sent', async () => {
    refuse(`secret ${SECRET} and token a-token are wrong`)
    const given = { environment: { ...environment, TOKEN: 'a-token' } }
    const { stdout, stderr } = await acmeAuth(['token', 'exchange', '--subject-token', 'env:TOKEN', '--json'], given)
    expect(stderr).toContain('secret (hidden) and token (hidden) are wrong')
    expect(stdout + stderr).not.toMatch(/a-secret-of-the-client|a-token/)
  })

  it('says why a login was refused', async () => {
    issuer.refuseLogin('access_denied')
    // So that the URL shows what is asked for.
    issuer.fail('metadata', { change: { pushed_authorization_request_endpoint: undefined } })
    const stderr = new PassThrough()
    const told: string[] = []
    const visited = new Promise<void>((resolve, reject) => {
      stderr.on('data', (chunk) => {
        told.push(String(chunk))
        const [, url] = /log in at (\S+)\n/.exec(String(chunk)) ?? []
        if (url !== undefined)
          issuer
            .authorize(url)
            .then((callback) => fetch(callback))
            .then(() => resolve(), reject)
      })
    })
    const terminal = { stdin: new PassThrough(), stdout: new PassThrough(), stderr, environment }
    const code = await run(['token', 'login', '--no-open', '--acr', 'urn:example:mfa', '--max-age', '300'], terminal)
    await visited
    issuer.login({ subject: 'ada' })
    issuer.fail('metadata', undefined)
    expect([code, told.join('')]).toEqual([1, expect.stringContaining('the issuer says: access_denied')])
    expect(told.join('')).toMatch(
      /acr_values=urn%3Aexample%3Amfa.*max_age=300|max_age=300.*acr_values=urn%3Aexample%3Amfa/,
    )
  })

  it('says that nobody is there', async () => {
    const gone = { ...environment, AUTH0_ISSUER: `http://127.0.0.1:${await freePort()}/` }
    const { code, stderr } = await acmeAuth(['token'], { environment: gone })
    expect([code, stderr]).toEqual([1, expect.stringContaining('ECONNREFUSED: nothing listens there')])
  })

  it('takes no max-age that is none', async () => {
    const { code, stderr } = await acmeAuth(['token', 'login', '--max-age', 'soon'], { environment })
    expect([code, stderr]).toEqual([2, expect.stringContaining('--max-age: want seconds')])
  })
})

describe('dev', () => {
  it('says that its port is taken', async () => {
    const other = createServer()
    other.listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo // a TCP server has no other
    const { code, stderr } = await acmeAuth(['dev', '--port', String(port)])
    other.close()
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining(`--port ${port}: listen EADDRINUSE: address already in use`),
    ])
  })

  it('ends at Ctrl-C, as it should', async () => {
    const child = execFile(process.execPath, [shim, 'dev', '--port', '0'])
    await once(child.stderr ?? child, 'data')
    child.kill('SIGINT')
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null] // of a process
    expect([code, signal]).toEqual([0, null])
  })
})
