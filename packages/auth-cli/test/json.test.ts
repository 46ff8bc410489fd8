import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

import { startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer } from '@acme/auth-testing'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { startApi } from './apis.js'
import type { Running } from './apis.js'
import { answerOf } from './support.js'

const URL_OF = { audience: 'https://api.example.com', route: 'https://api.example.com/me' }
let issuer: ListeningTestIssuer
let api: Running
let environment: NodeJS.ProcessEnv

beforeAll(async () => {
  issuer = await startTestIssuer({ audience: URL_OF.audience })
  api = await startApi({ issuer: issuer.issuer, audience: issuer.audience })
  environment = {
    AUTH0_ISSUER: issuer.issuer,
    AUTH0_AUDIENCE: issuer.audience,
    AUTH0_CLIENT_ID: 'worker',
    AUTH0_CLIENT_SECRET: 'a-secret-of-the-client',
  }
})
afterAll(async () => {
  await api.close()
  await issuer.close()
})

const members = async (args: readonly string[], stdin = ''): Promise<readonly string[]> =>
  Object.keys(await answerOf(args, { environment, stdin }))

it('has the members that the README tells of, for programs', async () => {
  const good = await issuer.accessToken()
  const bad = await issuer.accessToken({ expiresIn: -60 })
  const inspected = ['form', 'header', 'claims', 'size', 'issuedBy', 'times', 'binding', 'suspicious', 'api', 'primary']
  const of = {
    doctor: await members(['doctor']),
    inspect: await members(['inspect', '-'], bad),
    accepted: await members(['explain', '--url', URL_OF.route, '--token', '-'], good),
    refused: await members(['explain', '--url', URL_OF.route, '--token', '-'], bad),
    call: await members(['call', `${api.origin}/me`, '--token', '-'], bad),
    unreachable: await members(['call', 'http://127.0.0.1:1/', '--token', '-'], good),
    token: await members(['token']),
    report: await members(['report']),
    wrong: await members(['explain', '--url', 'nowhere']),
  }
  expect(of).toEqual({
    doctor: ['ok', 'primary', 'findings'],
    // Without a product that is known, issuedBy is left out of JSON.
    inspect: inspected.filter((name) => name !== 'issuedBy'),
    accepted: ['ok', 'primary', 'caller'],
    refused: ['ok', 'primary', 'status', 'headers', 'body', 'reason', 'detail'],
    call: ['primary', 'status', 'headers', 'challenges', 'steps', 'opinion', 'body'],
    unreachable: ['primary', 'steps'],
    token: ['access_token', 'token_type', 'expires_at'],
    report: ['ok', 'primary', 'report'],
    wrong: ['error'],
  })
  const readme = await readFile(fileURLToPath(new URL('../README.md', import.meta.url)), 'utf8')
  const told = [...new Set(Object.values(of).flat())].filter((name) => !readme.includes(`\`${name}\``))
  expect(told).toEqual([])
})

it('names stages and checks for programs: none goes', async () => {
  const { findings } = await answerOf<{ findings: readonly { stage: string; check: string }[] }>(
    ['doctor', '--api', `${api.origin}/me`, '--origin', 'https://app.example.com'],
    { environment: { ...environment, REDIS_URL: 'redis://127.0.0.1:1' } },
  )
  expect(findings.map(({ stage, check }) => `${stage} ${check}`)).toEqual([
    'environment settings',
    'discovery issuer',
    'keys usable',
    'clock issuer',
    'audience form',
    'credentials token',
    'credentials bound',
    'redis reachable',
    'api guarded',
    'api challenge',
    'api cors',
    'api cors_challenge',
    'api bearer',
    'api public_url',
    'api forwarded',
    'api replay',
  ])
})
