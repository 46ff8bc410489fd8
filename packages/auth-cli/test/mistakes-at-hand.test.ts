import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createProof, createTestKey, startTestIssuer } from '@acme/auth-testing'
import type { AccessTokenOptions, ListeningTestIssuer, ProofOptions, TestKey } from '@acme/auth-testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { acmeAuth } from './support.js'

const AUDIENCE = 'https://api.example.com'
const PUBLIC = `${AUDIENCE}/me`
let folder: string
let issuer: ListeningTestIssuer
let environment: NodeJS.ProcessEnv
let key: TestKey

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'acme-cli-'))
  issuer = await startTestIssuer({ audience: AUDIENCE })
  environment = { AUTH0_ISSUER: issuer.issuer, AUTH0_AUDIENCE: AUDIENCE }
  key = await createTestKey('ES256')
})

afterAll(async () => {
  await issuer.close()
  await rm(folder, { recursive: true })
})

describe('a token at hand, by inspect', () => {
  const inspected = async (token: string, args: readonly string[] = []): Promise<string> => {
    const { code, stdout } = await acmeAuth(['inspect', '-', ...args], { environment, stdin: token })
    expect(code).toBe(1)
    return stdout
  }

  const mistakes: readonly (readonly [name: string, token: AccessTokenOptions, says: string])[] = [
    [
      'wrong audience',
      { claims: { aud: 'https://other.example.com' } },
      `aud is "https://other.example.com", accepted is "${AUDIENCE}"`,
    ],
    ['a slash too much', { claims: { aud: `${AUDIENCE}/` } }, 'differ by a slash at the end'],
    [
      'a token for /userinfo',
      { claims: { aud: 'https://t.auth0.com/userinfo' } },
      `have the client ask for audience="${AUDIENCE}"`,
    ],
    ['an ID token', { claims: { aud: 'client-1', azp: 'client-1', nonce: 'n' } }, 'this looks like an ID token'],
    ['expired', { expiresIn: -3600 }, 's ago; tolerance 5 s'],
    ['a time in milliseconds', { claims: { iat: Date.now() } }, 'iat is'],
    ['a shared secret', { header: { alg: 'HS256' } }, 'alg is "HS256", accepted is'],
    ['no signature', { header: { alg: 'none' } }, 'alg is "none", accepted is'],
    ['a logout token', { header: { typ: 'logout+jwt' } }, 'typ is "logout+jwt", accepted is'],
    ['a token without an end', { claims: { exp: undefined } }, 'no exp: it never ends'],
  ]
  it.each(mistakes)('%s', async (_, token, says) => {
    expect(await inspected(await issuer.accessToken(token))).toContain(says)
  })

  it('a token of another tenant', async () => {
    const args = ['--issuer', 'https://prod.example.auth0.com/']
    const token = await issuer.accessToken({ claims: { iss: 'https://stage.example.auth0.com/' } })
    expect(await inspected(token, args)).toContain('a token of another tenant or environment')
  })

  it('an issuer without its slash', async () => {
    const token = await issuer.accessToken({ claims: { iss: 'https://t.auth0.com' } })
    expect(await inspected(token, ['--issuer', 'https://t.auth0.com/'])).toContain(
      'which differs by a slash at the end',
    )
  })

  it('a key that was rotated away', async () => {
    const rotated = await startTestIssuer({ audience: AUDIENCE })
    const token = await rotated.accessToken()
    await rotated.rotateKey({ keepPrevious: false })
    const found = await inspected(token, ['--verify', '--issuer', rotated.issuer])
    await rotated.close()
    expect(found).toMatch(/fail {2}signature {2}.*is the token of another environment\?/)
  })

  it.each([
    ['an opaque token', 'b9Zk2opaque', `audience="${AUDIENCE}"`],
    ['no token yet', 'undefined', 'it had no token yet'],
    [
      'an encrypted token',
      `${Buffer.from('{"alg":"dir"}').toString('base64url')}.AAAA.AAAA.AAAA.AAAA`,
      'an encrypted token (JWE)',
    ],
    ['quotes around it', '"eyJhbGciOiJFUzI1NiJ9.e30.AAAA"', 'the token is in quotes'],
  ])('%s', async (_, token, says) => {
    expect(await inspected(token)).toContain(says)
  })
})

describe('a request at hand, by explain', () => {
  const explained = async (token: string, args: readonly string[], proof?: Partial<ProofOptions>): Promise<string> => {
    const file = join(folder, 'proof.txt')
    if (proof !== undefined)
      await writeFile(file, await createProof({ key, url: PUBLIC, accessToken: token, ...proof }))
    const withProof = proof === undefined ? [] : ['--proof', `@${file}`]
    const { code, stdout } = await acmeAuth(['explain', '--token', '-', ...args, ...withProof], {
      environment,
      stdin: token,
    })
    expect(code).toBe(1)
    return stdout
  }
  const bound = (): Promise<string> => issuer.accessToken({ jkt: key.thumbprint })

  it('a missing scope', async () => {
    const found = await explained(await issuer.accessToken({ scope: 'read:x' }), [
      '--url',
      PUBLIC,
      '--scope',
      'write:x',
    ])
    expect(found).toMatch(/detail .*write:x/)
  })

  it('a permission in place of the scope', async () => {
    const token = await issuer.accessToken({ claims: { permissions: ['read:x'] } })
    expect(await explained(token, ['--url', PUBLIC, '--scope', 'read:x'])).toMatch(/detail .*permission/)
  })

  it('a scope in place of the permission', async () => {
    const token = await issuer.accessToken({ scope: 'read:x' })
    expect(await explained(token, ['--url', PUBLIC, '--permission', 'read:x'])).toMatch(/detail .*scope/)
  })

  const mistakes: readonly (readonly [
    name: string,
    proof: Partial<ProofOptions>,
    args: readonly string[],
    says: string,
  ])[] = [
    ['the inner URL as htu', { url: 'http://10.0.0.5:3000/me' }, [], 'htu says scheme http, computed https'],
    ['another path as htu', { url: `${AUDIENCE}/v2/me` }, [], 'a proxy may have taken off "/v2"'],
    ['another method', {}, ['--method', 'POST'], 'a proof is for one method'],
    ['no ath', { claims: { ath: undefined } }, [], 'ath'],
    ['a clock that is off', { now: Date.now() / 1000 - 3600 }, [], 'iat'],
  ]
  it.each(mistakes)('%s', async (_, proof, args, says) => {
    expect(await explained(await bound(), ['--url', PUBLIC, ...args], proof)).toMatch(new RegExp(`detail .*${says}`))
  })

  it('a proof signed with RS256', async () => {
    const rsa = await createTestKey('RS256')
    const token = await issuer.accessToken({ jkt: rsa.thumbprint })
    expect(await explained(token, ['--url', PUBLIC], { key: rsa })).toMatch(/detail .*RS256.*ES256/)
  })

  it('a proof by another key', async () => {
    const other = await createTestKey('ES256')
    const found = await explained(await bound(), ['--url', PUBLIC], { key: other })
    expect(found).toContain('sign the proof with the key that the token was requested with')
  })

  it('a bound token as Bearer', async () => {
    expect(await explained(await bound(), ['--url', PUBLIC])).toContain(
      'send it with the scheme DPoP, and a proof for each request',
    )
  })

  it('a proof beside a token that is not bound', async () => {
    const token = await issuer.accessToken()
    expect(await explained(token, ['--url', PUBLIC, '--scheme', 'Bearer'], {})).toContain('leave the DPoP header out')
  })

  it('the scheme twice', async () => {
    const token = `Bearer ${await issuer.accessToken()}`
    expect(await explained(token, ['--url', PUBLIC, '--scheme', 'Bearer'])).toContain(
      'Authorization header is malformed',
    )
  })

  it('DPoP where it is off, and Bearer where it is required', async () => {
    expect(await explained(await bound(), ['--url', PUBLIC, '--dpop', 'disabled'], {})).toContain('AUTH0_DPOP')
    expect(await explained(await issuer.accessToken(), ['--url', PUBLIC, '--dpop', 'required'])).toContain(
      'send it with the scheme DPoP',
    )
  })
})
