import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

import { AuthError, createResourceServer, explanationText } from '@acme/auth-core'
import type { AuthErrorReason } from '@acme/auth-core'
import { createTestIssuer } from '@acme/auth-testing'
import { describe, expect, it } from 'vitest'

import { root } from '../src/pages.js'

const read = (path: string): string => readFileSync(join(root, path), 'utf8')

/** The cells of all tables of a text, without their heads. */
function rowsOf(text: string): string[][] {
  const lines = text.split('\n')
  return lines
    .filter(
      (line, index) => line.startsWith('|') && !/^\|[ -]+\|/.test(line) && !/^\|[ -]+\|/.test(lines[index + 1] ?? ''),
    )
    .map((line) => line.split(' | ').map((cell) => cell.replaceAll(/^\| *| *\|$/g, '').trim()))
}

describe('Errors', () => {
  const page = read('apps/docs/pages/errors.md')
  const sections = [...page.matchAll(/^### (\w+) (\w+)\n\n(\d+), _(.+)_\n\n- Cause: .+\n- Fix: .+$/gm)]

  it('has every refusal that core has', () => {
    const [, table = ''] = read('packages/auth-core/README.md').split('## What a client gets')
    const known = [...table.matchAll(/^\| `(\w+)` +\| `([A-Z]+_\d{4})`/gm)].map(
      ([, reason, code]) => `${code} ${reason}`,
    )
    expect(known.length).toBeGreaterThanOrEqual(50)
    expect(sections.map(([, code, reason]) => `${code} ${reason}`).toSorted()).toEqual(known.toSorted())
  })

  it('says of each what the client gets, a cause and a fix', () => {
    expect(sections.length).toBe(page.match(/^### /gm)?.length)
    for (const [, code, reason, status, description] of sections) {
      const refused = new AuthError(reason as AuthErrorReason) // held to those of core above
      expect([refused.code, String(refused.status), refused.message]).toEqual([code, status, description])
    }
  })
})

describe('Troubleshooting', () => {
  const mistakes = ['requests', 'settings']
    .map((name) => read(`packages/auth-core/test/mistakes/${name}.test.ts`))
    .join('\n')
  const [, page = ''] = read('apps/docs/pages/troubleshooting.md').split('## The log says')
  const details = rowsOf(page).flatMap(([seen = '']) =>
    [...seen.matchAll(/`([^`]+)`/g)].map(([, detail = '']) => detail),
  )

  it('starts from many lines', () => {
    expect(details.length).toBeGreaterThanOrEqual(50)
  })

  it.each(details)('%s is what the log says of a mistake', (detail) => {
    expect(mistakes.replaceAll("\\'", "'")).toContain(detail)
  })
})

it('Troubleshooting shows what is told of a refusal by its correlation id', async () => {
  const [, sample = ''] = /```text\n(refused .*?)```/s.exec(read('apps/docs/pages/troubleshooting.md')) ?? []
  const issuer = await createTestIssuer()
  const { issuer: url, audience, fetch } = issuer
  const server = createResourceServer({ issuer: url, audience, fetch, traces: true, onEvent: () => undefined })
  const headers = { authorization: `Bearer ${await issuer.accessToken()}`, 'x-request-id': 'req-1' }
  const wanted = server.requirements('read:messages')
  const request = new Request('https://api.example.com/messages', { headers })
  await expect(server.verifyRequest(request, wanted)).rejects.toThrow(AuthError)
  const trace = await server.trace('req-1')
  const varying = /at \S+, correlation id [^:]+/
  const told = (trace === undefined ? '' : explanationText(trace)).replace(varying, 'at T, correlation id C')
  const lines = sample.replace(varying, 'at T, correlation id C').split('\n')
  expect(lines.length).toBeGreaterThan(8)
  expect(told.split('\n')).toEqual(expect.arrayContaining(lines.filter((line) => !['', '…'].includes(line))))
})

describe('the security model', () => {
  const [, page = ''] = read('apps/docs/pages/security-model.md').split('## Threats')
  const threats = rowsOf(page)
  const tests = threats.flatMap(([threat = '', , proof = '']) =>
    [...proof.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)].map(([, title = '', path = '']) => ({ threat, title, path })),
  )

  it('has a test for each threat', () => {
    expect(threats.length).toBeGreaterThan(40)
    expect(threats.map(([threat]) => threat).filter((threat) => !tests.some((test) => test.threat === threat))).toEqual(
      [],
    )
  })

  it.each(tests)('$threat: $title', ({ title, path }) => {
    const file = posix.join('apps/docs/pages', path)
    expect(existsSync(join(root, file))).toBe(true)
    expect(file).toMatch(/\.test\.ts$/)
    expect(read(file)).toMatch(new RegExp(`(it|describe)\\b[^\\n]*['"\`]${escaped(title)}['"\`]`))
  })

  const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
})

describe('pictures', () => {
  const folder = 'apps/docs/pages'
  const shown = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .flatMap((name) => [...read(`${folder}/${name}`).matchAll(/!\[([^\]]*)\]\(([^)]+)\)/g)])
    .map(([, words = '', path = '']) => ({ words, path }))

  it('are of each concept', () => {
    const names = ['bearer', 'audience', 'dpop', 'challenge'].map((name) => `images/${name}.svg`)
    expect(shown.map(({ path }) => path).toSorted()).toEqual(names.toSorted())
  })

  it.each(shown)('$path says in words what it shows', ({ words, path }) => {
    expect(words.length).toBeGreaterThan(40)
    expect(read(`${folder}/${path}`)).toMatch(
      /role="img" aria-labelledby="t d".*<title id="t">.+<\/title>\s*<desc id="d">.+<\/desc>/s,
    )
  })
})
