import { readdirSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'

import { createProof, createTestKey, startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer, TestKey } from '@acme/auth-testing'
import { freePort } from '@acme/tests-servers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { read, root } from './documents.js'
import { blocksOf, project, start } from './follow.js'
import type { Running } from './follow.js'

// What a page says that callers get, before and after, is what they get: its two programs are asked.
const FOLDER = 'apps/docs/pages/migration'
const AUDIENCE = 'https://api.example.com'
const SCOPE = 'read:messages'
const DOWN = 'any token, while the issuer is down'

/** Headers, in pairs so that one can be there twice, and where they are sent. */
interface Sent {
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly path?: string
}

let issuer: ListeningTestIssuer
let key: TestKey

beforeAll(async () => {
  issuer = await startTestIssuer({ audience: AUDIENCE, algorithm: 'RS256' })
  key = await createTestKey('ES256')
})

afterAll(() => issuer.close())

const bearer = (token: string, scheme = 'Bearer '): Sent[] => [{ headers: [['authorization', scheme + token]] }]
const good = (): Promise<string> => issuer.accessToken({ scope: SCOPE })
const bound = (): Promise<string> => issuer.accessToken({ scope: SCOPE, jkt: key.thumbprint })

async function withProof(url: string): Promise<Sent[]> {
  const accessToken = await bound()
  const proof = await createProof({ key, url, accessToken })
  const headers = [['authorization', `DPoP ${accessToken}`] as const, ['dpop', proof] as const]
  return [{ headers }]
}

/** Requests that pages name, each sent to `url`, that of the messages; several are sent in turn, and the last one counts. */
const REQUESTS: Readonly<Record<string, (url: string) => Promise<readonly Sent[]>>> = {
  'a good token': async () => bearer(await good()),
  'no token': async () => [{ headers: [] }],
  'an expired token': async () => bearer(await issuer.accessToken({ scope: SCOPE, expiresIn: -60 })),
  'a token that expired a second ago': async () => bearer(await issuer.accessToken({ scope: SCOPE, expiresIn: -1 })),
  'a token for another API of the issuer': async () =>
    bearer(await issuer.accessToken({ scope: SCOPE, claims: { aud: 'https://other.example.com' } })),
  'a token without the scope': async () => bearer(await issuer.accessToken()),
  'the scope as a part of another': async () => bearer(await issuer.accessToken({ scope: 'unread:messages2' })),
  'a logout token': async () => bearer(await issuer.accessToken({ scope: SCOPE, header: { typ: 'logout+jwt' } })),
  "a token of type `JWT`, as Auth0's are": async () =>
    bearer(await issuer.accessToken({ scope: SCOPE, header: { typ: 'JWT' } })),
  'the token in the query': async () => [{ headers: [], path: `/messages?access_token=${await good()}` }],
  'the token with the scheme Basic': async () => bearer(await good(), 'Basic '),
  'a bare token, without a scheme': async () => bearer(await good(), ''),
  'two `Authorization` headers': async () => [
    { headers: [bearer(await good()), bearer('another')].flatMap(([one]) => one?.headers ?? []) },
  ],
  'a bound token as Bearer': async () => bearer(await bound()),
  'a DPoP proof': withProof,
  'the same DPoP proof once more': async (url) => {
    const sent = await withProof(url)
    return [...sent, ...sent]
  },
  'a DPoP proof for another URL': (url) => withProof(`${url}/other`),
}

/** The status of an answer. Node's client sends a header twice, which `fetch` would join. */
function ask(port: number, { headers, path = '/messages' }: Sent): Promise<number> {
  return new Promise((resolve, reject) => {
    const pairs = [['host', `localhost:${port}`], ...headers].flat()
    const outgoing = httpRequest({ host: 'localhost', port, path, headers: pairs }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0))
    })
    outgoing.on('error', reject).end()
  })
}

async function askAll(port: number, sent: readonly Sent[]): Promise<number> {
  let status = 0
  for (const one of sent) status = await ask(port, one)
  return status
}

/** What a page promises: the name of a request, and the status before and after. */
function rowsOf(page: string): [name: string, before: number, after: number][] {
  const [, section = ''] = page.split('## What callers get')
  const [table = ''] = section.split('\n## ')
  return [...table.matchAll(/^\| (.+?) +\| +(\d+) \| +(\d+) \|$/gm)].map(([, name = '', before, after]) => [
    name,
    Number(before),
    Number(after),
  ])
}

const pages = readdirSync(join(root, FOLDER))
  .map((name) => [name.replace(/\.md$/, ''), read(`${FOLDER}/${name}`)] as const)
  .filter(([, page]) => page.includes('## What callers get'))

it('are pages with both programs', () => {
  expect(pages.map(([name]) => name)).toEqual([
    'aws-jwt-verify',
    'express-oauth2-jwt-bearer',
    'fastify-jwt',
    'hono-jwk',
    'jose',
    'passport-jwt',
  ])
})

describe.each(pages)('from %s', (name, page) => {
  const rows = rowsOf(page)
  const files = blocksOf(page).filter(({ file }) => file === 'before.mjs' || file === 'server.mjs')
  const running: Running[] = []

  async function startBoth(of: ListeningTestIssuer): Promise<number[]> {
    const folder = project(`migration-${name}`, Object.fromEntries(files.map(({ file = '', code }) => [file, code])))
    const settings = { AUTH0_ISSUER: of.issuer, AUTH0_AUDIENCE: AUDIENCE, JWKS_URI: of.urlOf('keys') }
    const programs = await Promise.all(
      ['before.mjs', 'server.mjs'].map(async (file) => start([file], folder, await freePort(), settings)),
    )
    running.push(...programs)
    return programs.map(({ port }) => port)
  }

  afterAll(() => Promise.all(running.map((program) => program.stop())))

  it('gives callers what the page says', async () => {
    const ports = await startBoth(issuer)
    const found = []
    for (const [row] of rows.filter(([one]) => one !== DOWN)) {
      const send = REQUESTS[row]
      if (send === undefined) throw new Error(`no such request: ${row}`)
      const statuses = []
      for (const port of ports) statuses.push(await askAll(port, await send(`http://localhost:${port}/messages`)))
      found.push([row, ...statuses])
    }
    expect(found.length).toBeGreaterThanOrEqual(8)
    expect(found).toEqual(rows.filter(([one]) => one !== DOWN))
  })

  const down = rows.filter(([one]) => one === DOWN)
  it.each(down)('%s', async (_, ...expected) => {
    const broken = await startTestIssuer({ audience: AUDIENCE, algorithm: 'RS256' })
    broken.fail('all', { status: 500 })
    try {
      const ports = await startBoth(broken)
      const token = bearer(await broken.accessToken({ scope: SCOPE }))
      expect(await Promise.all(ports.map((port) => askAll(port, token)))).toEqual(expected)
    } finally {
      await broken.close()
    }
  })
})
