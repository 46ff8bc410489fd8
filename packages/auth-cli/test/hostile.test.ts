import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { acmeAuth } from './support.js'

const shim = fileURLToPath(new URL('../bin/acme-auth.js', import.meta.url))

/** The program, with bytes on its standard input. */
async function inspected(
  input: Buffer,
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, [shim, 'inspect', '-', '--json'], { env: { PATH: process.env['PATH'] } })
  // It may end before it has read all.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: child.exitCode, stdout, stderr }
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('inspect', () => {
  it('reads no more than a million characters', async () => {
    const { code, stdout, stderr } = await inspected(Buffer.alloc(10_000_000, 'a'))
    expect([code, JSON.parse(stdout)]).toEqual([2, { error: 'TOKEN: more than 1000000 characters' }])
    expect(stderr.length).toBeLessThan(200)
  })

  it('says of bytes that they are no token, and sends none of them to the terminal', async () => {
    const { code, stdout } = await inspected(Buffer.from(Array.from({ length: 512 }, (_, index) => index % 256)))
    expect([code, JSON.parse(stdout)]).toMatchObject([
      1,
      { form: 'opaque', primary: { fix: expect.any(String) as string } },
    ])
    expect(/\p{Cc}/u.test(stdout.replaceAll('\n', ''))).toBe(false)
  })

  it.each([
    ['nothing', '', 2],
    ['blank lines', ' \n\n ', 2],
    ['dots', '....', 1],
    ['a thousand dots', '.'.repeat(1000), 1],
    ['JSON', '{"access_token":"x"}', 1],
    [
      'a deep claim',
      `${part({ alg: 'ES256' })}.${Buffer.from(`{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`).toString('base64url')}.AAAA`,
      1,
    ],
    ['a list for claims', `${part({ alg: 'ES256' })}.${part([1])}.AAAA`, 1],
    ['null for a header', `${part(null)}.${part({})}.AAAA`, 1],
    [
      'claims of other types',
      `${part({ alg: {}, kid: [], typ: 7 })}.${part({ iss: {}, aud: 7, exp: '1', scope: {}, cnf: [] })}.AAAA`,
      1,
    ],
    [
      'prototypes',
      `${part({ alg: 'ES256' })}.${Buffer.from('{"__proto__":{"iss":"x"},"constructor":{"prototype":1}}').toString('base64url')}.AAAA`,
      1,
    ],
    [
      'ten thousand claims',
      `${part({ alg: 'ES256' })}.${part(Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`c${index}`, index])))}.AAAA`,
      1,
    ],
  ])('answers to %s', async (_, stdin, code) => {
    for (const args of [[], ['--issuer', 'https://issuer.example.com/', '--audience', 'https://api.example.com']]) {
      const ran = await acmeAuth(['inspect', '-', '--json', ...args], { stdin })
      expect([ran.code, typeof JSON.parse(ran.stdout)]).toEqual([code, 'object'])
      expect((await acmeAuth(['inspect', '-', ...args], { stdin })).code).toBe(code)
    }
  })

  it('shows a secret claim by name and value on the terminal of its owner alone: never in a refusal', async () => {
    const token = `${part({ alg: 'ES256' })}.${part({ iss: 'x', client_secret: 'hidden-value' })}.c2VjcmV0`
    const { stdout } = await acmeAuth(['inspect', '-', '--json'], { stdin: token })
    const { primary } = JSON.parse(stdout) as { primary: object } // as inspect answers
    expect(JSON.stringify(primary)).not.toContain('hidden-value')
    expect(stdout).not.toContain('c2VjcmV0')
  })
})
