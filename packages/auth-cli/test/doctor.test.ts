import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

import { startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer } from '@acme/auth-testing'
import cors from 'cors'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Finding } from '../src/doctor/finding.js'
import { startApi } from './apis.js'
import { acmeAuth, answerOf } from './support.js'

let issuer: ListeningTestIssuer
let environment: NodeJS.ProcessEnv

beforeAll(async () => {
  issuer = await startTestIssuer({ audience: 'https://api.example.com' })
  environment = { AUTH0_ISSUER: issuer.issuer, AUTH0_AUDIENCE: issuer.audience }
})

afterAll(() => issuer.close())

const CLIENT = { AUTH0_CLIENT_ID: 'worker', AUTH0_CLIENT_SECRET: 'a-secret-of-the-client' }

interface Report {
  readonly ok: boolean
  readonly primary: Finding | null
  readonly findings: readonly Finding[]
}

function doctor(args: readonly string[] = [], more: NodeJS.ProcessEnv = {}): Promise<Report> {
  return answerOf<Report>(['doctor', ...args], { environment: { ...environment, ...more } })
}

function linesOf({ findings }: Report): readonly string[] {
  return findings.map(({ stage, check, status }) => `${status} ${stage} ${check}`)
}

const OF_ISSUER = [
  'pass environment settings',
  'pass discovery issuer',
  'pass keys usable',
  'pass clock issuer',
  'pass audience form',
]

it('finds nothing where all is well', async () => {
  const report = await doctor()
  expect([report.ok, report.primary, linesOf(report)]).toEqual([true, null, OF_ISSUER])
  const { code, stdout } = await acmeAuth(['doctor'], { environment })
  expect([code, stdout]).toEqual([0, expect.stringContaining('Nothing to mend.')])
})

it('gets a token where it has credentials, and never shows the secret', async () => {
  const report = await doctor([], CLIENT)
  expect(linesOf(report).slice(OF_ISSUER.length)).toEqual(['pass credentials token', 'pass credentials bound'])
  const { stdout, stderr } = await acmeAuth(['doctor'], { environment: { ...environment, ...CLIENT } })
  expect(stdout + stderr).not.toContain(CLIENT.AUTH0_CLIENT_SECRET)
})

it('shows nothing of what it sent, where an issuer answers with it', async () => {
  const { AUTH0_CLIENT_SECRET: secret } = CLIENT
  issuer.fail('token', {
    status: 400,
    body: JSON.stringify({ error: 'odd', error_description: `got ${secret} \u009b2J` }),
  })
  const json = await acmeAuth(['doctor', '--json'], { environment: { ...environment, ...CLIENT } })
  const text = await acmeAuth(['doctor'], { environment: { ...environment, ...CLIENT } })
  issuer.fail('token', undefined)
  expect(json.stdout).toContain('got (secret)')
  expect(text.stdout).toContain('got (secret)')
  expect(json.stdout + text.stdout).not.toContain('\u009b')
})

it('shows no password of Redis, where a server answers with it', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (data) => socket.write(`-ERR got ${String(data).replaceAll(/\r\n/g, ' ')}\r\n`))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // a TCP server has no other
  const { stdout, stderr } = await acmeAuth(['doctor', '--json'], {
    environment: { ...environment, REDIS_URL: `redis://api:pass%20word-1@127.0.0.1:${port}` },
  })
  server.close()
  expect(stdout).toContain('ERR got')
  expect(stdout + stderr).not.toMatch(/pass(?:%20| )word-1/)
})

it('has a status for programs, and says which is first', async () => {
  const { code, stdout } = await acmeAuth(['doctor'], {
    environment: { AUTH0_ISSUER: 'http://127.0.0.1:1/', AUTH0_AUDIENCE: 'x' },
  })
  expect(code).toBe(1)
  expect(stdout).toMatch(/Mend this first: the issuer cannot be reached: ECONNREFUSED\n {2}nothing listens there/)
})

describe('the API from outside', () => {
  it('is as it should be', async () => {
    const origin = 'https://app.example.com'
    const nonce = { secret: 'a secret of at least 32 characters', mode: 'required' } as const
    const api = await startApi({ issuer: issuer.issuer, audience: issuer.audience, dpop: { nonce } }, (app) => {
      app.use(cors({ origin, exposedHeaders: ['www-authenticate', 'dpop-nonce'] }))
    })
    const report = await doctor(['--api', `${api.origin}/me`, '--origin', origin], CLIENT)
    await api.close()
    expect(linesOf(report).slice(OF_ISSUER.length + 2)).toEqual([
      'pass api guarded',
      'pass api challenge',
      'pass api cors',
      'pass api cors_challenge',
      'pass api bearer',
      'pass api nonce',
      'pass api public_url',
      'pass api forwarded',
      'pass api replay',
    ])
    expect(report.primary).toBeNull()
  })

  it('has metadata of its own', async () => {
    const api = await startApi(
      { issuer: issuer.issuer, audience: issuer.audience, resourceMetadata: { resource: 'https://api.example.com' } },
      (app, auth) => {
        app.use(auth.metadataRoute())
      },
    )
    const args = ['doctor', '--api', `${api.origin}/me`]
    const said = 'No token was tried at the API'
    expect((await acmeAuth(args, { environment })).stdout).toContain(said)
    expect((await acmeAuth(args, { environment: { ...environment, ...CLIENT } })).stdout).not.toContain(said)
    const report = await doctor(['--api', `${api.origin}/me`])
    await api.close()
    expect(report.primary).toMatchObject({ check: 'metadata', says: 'the challenge names metadata of another origin' })
  })

  it('is sent no token over plain http', async () => {
    const seen: (string | undefined)[] = []
    const api = await startApi({ issuer: issuer.issuer, audience: issuer.audience }, (app) => {
      app.use((request, _response, next) => {
        seen.push(request.get('authorization'))
        next()
      })
    })
    // Reaches this machine, and is no name of loopback.
    const { primary } = await doctor(['--api', `http://0.0.0.0:${api.port}/me`], CLIENT)
    await api.close()
    expect(primary).toMatchObject({ check: 'tls', status: 'fail' })
    expect(seen.filter((one) => one !== undefined)).toEqual([])
  })
})
