import { existsSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

import { AuthError } from '@acme/auth-core'
import type { AuthErrorReason } from '@acme/auth-core'
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
