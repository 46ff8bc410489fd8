import { describe, expect, it } from 'vitest'

import { globalTokenRevocation } from '../src/index.js'
import type { GlobalTokenRevocationOptions } from '../src/index.js'
import { createEpochs, START } from './support.js'

const ISSUER = 'https://login.example.com/'
const ALICE = { format: 'iss_sub', iss: ISSUER, sub: 'alice' }

function endpoint(options: Partial<GlobalTokenRevocationOptions> = {}) {
  const epochs = createEpochs()
  const revoke = globalTokenRevocation({
    issuers: [ISSUER],
    authorize: 'guarded',
    revocations: epochs,
    now: () => START + 0.5,
    ...options,
  })
  const post = async (body: unknown, headers: Record<string, string> = {}): Promise<number> => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    return (await revoke({ method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: text }))
      .status
  }
  return { epochs, revoke, post }
}

it('revokes all tokens of a user until now', async () => {
  const { epochs, post, revoke } = endpoint()
  expect(await post({ sub_id: ALICE })).toBe(204)
  expect(epochs.calls).toEqual([{ issuer: ISSUER, subject: 'alice', issuedBefore: START + 1 }])
  const headers = { 'content-type': 'application/json' }
  const parsed = { sub_id: { format: 'opaque', id: 'bob' } }
  expect((await revoke({ method: 'POST', headers, body: parsed })).status).toBe(204)
  const body = JSON.stringify({ sub_id: { ...ALICE, sub: 'carol' } })
  expect((await revoke(new Request('http://x/', { method: 'POST', headers, body }))).status).toBe(204)
  expect(epochs.calls.map(({ subject }) => subject)).toEqual(['alice', 'bob', 'carol'])
})

it.each([
  ['no JSON', '{', 400],
  ['a list', '[]', 400],
  ['nothing', '', 400],
  ['no subject', {}, 400],
  ['a subject that is text', { sub_id: 'alice' }, 400],
  ['no format', { sub_id: { sub: 'alice' } }, 400],
  ['a subject from the prototype', '{"__proto__":{"sub_id":{"format":"opaque","id":"x"}}}', 400],
  ['another issuer', { sub_id: { ...ALICE, iss: 'https://other.example.com/' } }, 422],
  ['a format that means nothing here', { sub_id: { format: 'email', email: 'a@example.com' } }, 422],
  ['too much', { sub_id: ALICE, padding: 'x'.repeat(16 * 1024) }, 400],
])('refuses %s', async (_, body, status) => {
  const { epochs, post } = endpoint()
  expect(await post(body)).toBe(status)
  expect(epochs.calls).toEqual([])
})

it('refuses another method and another type', async () => {
  const { epochs, post, revoke } = endpoint()
  expect((await revoke({ method: 'GET', headers: {} })).status).toBe(405)
  expect(await post({ sub_id: ALICE }, { 'content-type': 'text/plain' })).toBe(400)
  expect(await post({ sub_id: ALICE }, { 'content-type': 'application/jsonp' })).toBe(400)
  expect(epochs.calls).toEqual([])
})

describe('whoever asks', () => {
  it.each([false, undefined, 'true', 1, {}])('is nobody when the function says %j', async (verdict) => {
    // as: an application in JavaScript may say anything
    const { epochs, revoke } = endpoint({ authorize: () => verdict as boolean })
    const { status, headers } = await revoke({ method: 'POST', headers: {}, body: 'x' })
    expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer'])
    expect(epochs.calls).toEqual([])
  })
  it('is judged by the request', async () => {
    const { post } = endpoint({ authorize: async ({ headers }) => 'authorization' in headers })
    expect(await post({ sub_id: ALICE })).toBe(401)
    expect(await post({ sub_id: ALICE }, { authorization: 'x' })).toBe(204)
  })
})

it('knows users by functions', async () => {
  const { epochs, post } = endpoint({
    subject: ({ format, email }) =>
      format === 'email' && email === 'a@example.com' ? { subject: 'alice' } : undefined,
    isKnown: async ({ subject }) => subject === 'alice',
  })
  expect(await post({ sub_id: { format: 'email', email: 'a@example.com' } })).toBe(204)
  expect(await post({ sub_id: { format: 'email', email: 'b@example.com' } })).toBe(404)
  expect(await post({ sub_id: { ...ALICE, sub: 'bob' } })).toBe(404)
  expect(epochs.calls.map(({ subject }) => subject)).toEqual(['alice'])
})

it('never says done when it is not', async () => {
  const fail = (): never => {
    throw new Error('secret-1')
  }
  for (const options of [
    { revocations: { revoke: fail } },
    { isKnown: fail },
    { subject: fail },
    { authorize: fail },
  ]) {
    expect(await endpoint(options).post({ sub_id: ALICE })).toBe(503)
  }
  const later = { revoke: () => Promise.reject(new Error('down')) }
  expect(await endpoint({ revocations: later }).post({ sub_id: ALICE })).toBe(503)
})

it.each([
  [{ authorize: undefined }, 'authorize'],
  [{ authorize: true }, 'authorize'],
  [{ issuers: [] }, 'issuers'],
  [{ revocations: undefined }, 'revocations'],
  [{ authorise: 'guarded' }, 'unknown option'],
])('wants other options than %j', (options, name) => {
  // as: what is wrong has the wrong type too
  expect(() => endpoint(options as unknown as Partial<GlobalTokenRevocationOptions>)).toThrow(`: ${name}: want`)
})
