import { writeFile } from 'node:fs/promises'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createProof, createTestKey, startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer, ProofOptions, TestKey } from '@acme/auth-testing'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { acmeAuth } from './support.js'
import type { Ran } from './support.js'

let folder: string
let issuer: ListeningTestIssuer
let key: TestKey
let token: string
let environment: NodeJS.ProcessEnv

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'acme-cli-'))
  issuer = await startTestIssuer({ audience: 'https://api.example.com' })
  key = await createTestKey('ES256')
  token = await issuer.accessToken({ jkt: key.thumbprint, scope: 'read:messages' })
  environment = { AUTH0_ISSUER: issuer.issuer, AUTH0_AUDIENCE: issuer.audience }
})

afterAll(async () => {
  await issuer.close()
  await rm(folder, { recursive: true })
})

const PUBLIC = 'https://api.example.com/me'

async function explained(args: readonly string[], proof: Partial<ProofOptions> = {}): Promise<Ran> {
  const file = join(folder, 'proof.txt')
  await writeFile(file, await createProof({ key, url: PUBLIC, accessToken: token, ...proof }))
  return acmeAuth(['explain', ...args, '--token', '-', '--proof', `@${file}`], { environment, stdin: token })
}

it('accepts a good request, twice', async () => {
  const args = ['--url', PUBLIC]
  const codes = [await explained(args), await explained(args)].map(({ code }) => code)
  expect(codes).toEqual([0, 0])
})

it('prints the answer as the API would give it, and the detail', async () => {
  const { code, stdout } = await explained(['--url', PUBLIC, '--method', 'POST'])
  expect(code).toBe(1)
  expect(stdout).toContain('Refused: HTTP 400\n')
  expect(stdout).toContain('www-authenticate: DPoP algs="ES256", error="invalid_dpop_proof"')
  expect(stdout).toContain('detail  htm says method "GET", the request has "POST"')
})

it('requires what the route requires', async () => {
  const { stdout } = await explained(['--url', PUBLIC, '--scope', 'write:messages'])
  expect(stdout).toContain('HTTP 403')
  expect(stdout).toContain('write:messages')
})

it('sees a proxy that is not trusted', async () => {
  const inner = ['--url', 'http://10.0.0.5:3000/me', '--header', 'x-forwarded-proto: https']
  const args = [...inner, '--header', 'x-forwarded-host: api.example.com', '--header', 'x-forwarded-for: 192.0.2.7']
  const untrusted = await explained(args)
  expect(untrusted.stdout).toContain('X-Forwarded-Proto says "https"')
  expect(untrusted.stdout).toContain('trust')
  expect((await explained([...args, '--trust-hops', '1'])).code).toBe(0)
})

it('needs no network with the keys in a file', async () => {
  const jwks = join(folder, 'jwks.json')
  await writeFile(jwks, JSON.stringify({ keys: [issuer.signingKey.publicJwk] }))
  issuer.resetCounts()
  const { code } = await explained(['--url', PUBLIC, '--jwks', jwks])
  expect([code, issuer.count('all')]).toEqual([0, 0])
})

it.each([
  [['--url', '/me'], 'want a whole one'],
  [['--url', PUBLIC, '--header', 'authorization: Bearer x'], 'want the access token as --token'],
  [['--url', PUBLIC, '--header', 'nothing'], "want 'name: value'"],
  [['--url', PUBLIC, '--jwks', '/none/of/it'], '--jwks'],
])('refuses to be called like %j', async (args, message) => {
  const { code, stderr } = await acmeAuth(['explain', ...args], { environment })
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
})
