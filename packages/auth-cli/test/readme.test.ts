import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

import { createProof, createTestKey, startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer } from '@acme/auth-testing'
import { freePort } from '@acme/tests-servers'
import type { Express } from 'express'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'

import { startApi } from './apis.js'
import { acmeAuth } from './support.js'

const readme = fileURLToPath(new URL('../README.md', import.meta.url))
const NOW = Date.UTC(2026, 0, 15, 12) / 1000
let folder: string
let issuer: ListeningTestIssuer
let environment: NodeJS.ProcessEnv

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 })
  folder = await mkdtemp(join(tmpdir(), 'acme-cli-'))
  issuer = await startTestIssuer({ audience: 'https://api.example.com', now: () => NOW })
  environment = { AUTH0_ISSUER: issuer.issuer, AUTH0_AUDIENCE: issuer.audience }
})

afterAll(async () => {
  vi.useRealTimers()
  await issuer.close()
  await rm(folder, { recursive: true })
})

const samples: Readonly<Record<string, () => Promise<string>>> = {
  async doctor() {
    const own = { ...environment, AUTH0_ISSUER: issuer.issuer.replace(/\/$/, '') }
    const { stdout } = await acmeAuth(['doctor'], { environment: own })
    return `$ acme-auth doctor\n${stdout}`
  },
  async inspect() {
    const claims = { aud: 'https://api.example.com/', jti: '4f1d' }
    const token = await issuer.accessToken({
      expiresIn: -600,
      scope: 'read:messages',
      header: { kid: 'key-1' },
      claims,
    })
    const { stdout } = await acmeAuth(['inspect', '-'], { environment, stdin: token })
    return `$ pbpaste | acme-auth inspect -\n${stdout}`
  },
  async explain() {
    const key = await createTestKey('ES256')
    const token = await issuer.accessToken({ jkt: key.thumbprint })
    const proof = await createProof({ key, url: 'https://api.example.com/me', accessToken: token, now: NOW })
    await Promise.all([writeFile(join(folder, 'token.txt'), token), writeFile(join(folder, 'proof.txt'), proof)])
    const args = ['--header', 'x-forwarded-proto: https', '--header', 'x-request-id: req-1']
    const files = ['--token', `@${join(folder, 'token.txt')}`, '--proof', `@${join(folder, 'proof.txt')}`]
    const { stdout } = await acmeAuth(['explain', '--url', 'http://api.example.com/me', ...args, ...files], {
      environment,
    })
    return `$ acme-auth explain --url http://api.example.com/me --header 'x-forwarded-proto: https' \\\n    --header 'x-request-id: req-1' --token @token.txt --proof @proof.txt\n${stdout}`
  },
  async attack() {
    const port = await freePort()
    // As is often seen: downloads and event streams are opened by links.
    const byLinks = (app: Express): void =>
      void app.use((request, _response, next) => {
        const { access_token: token } = request.query
        if (typeof token === 'string') request.headers.authorization = `Bearer ${token}`
        next()
      })
    const api = await startApi({ issuer: `http://127.0.0.1:${port}/`, audience: 'https://api.example.com' }, byLinks)
    const args = ['--issuer-port', String(port), '--rate', '1000', '--only', 'credentials', '--only', 'tokens']
    const { stdout } = await acmeAuth(['attack', `${api.origin}/me`, ...args])
    await api.close()
    return `$ acme-auth attack http://127.0.0.1:3000/me --start 'node server.js' --only credentials --only tokens\n${stdout}`
  },
  async routes() {
    const app = fileURLToPath(new URL('apps/express-app.mjs', import.meta.url))
    const { stdout } = await acmeAuth(['routes', relative(process.cwd(), app)])
    return `$ acme-auth routes app.js\n${stdout}`
  },
}

it.each(Object.keys(samples))('shows what %s prints', async (name) => {
  const printed = (await samples[name]?.()) ?? ''
  // Of the API, and of the issuer.
  const sample = printed
    .replaceAll(/127\.0\.0\.1:\d+\/me/g, '127.0.0.1:3000/me')
    .replaceAll(/127\.0\.0\.1:(?!3000)\d+/g, '127.0.0.1:4400')
    .trimEnd()
  const text = await readFile(readme, 'utf8')
  const block = new RegExp(`(<!-- sample: ${name} -->\n\n\`\`\`console\n)([^]*?)(\`\`\`\n)`)
  if (process.env['UPDATE_SAMPLES'] === '1') {
    await writeFile(
      readme,
      text.replace(block, (_, before: string, _old, after: string) => `${before}${sample}\n${after}`),
    )
  } else expect(block.exec(text)?.[2]?.trimEnd()).toBe(sample)
})

it('names every command', async () => {
  const text = await readFile(readme, 'utf8')
  const { stdout } = await acmeAuth(['--help'])
  const commands = [...stdout.matchAll(/^ {2}([a-z]+) (?:\[|<)/gm)]
    .map(([, name]) => name)
    .filter((name) => name !== 'help')
  expect(commands).toHaveLength(11)
  expect(commands.filter((name) => !text.includes(`| [\`${name}\`]`))).toEqual([])
})
