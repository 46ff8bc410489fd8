import { describe, expect, it } from 'vitest'
import type { FormatRefusal } from '../../src/outcome/refusal-body.js'
import { bearer, createWorld, refused, request } from '../support.js'

const world = await createWorld()
const expired = await world.issuer.accessToken({ expiresIn: -60 })

async function answerOf(formatRefusal: FormatRefusal, token = expired): Promise<ReturnType<typeof refused>> {
  const server = world.serve({ formatRefusal })
  return refused(await server.authenticate(bearer(token, { headers: ['X-Request-Id', 'id-1'] })))
}

const usual = await answerOf(() => ({ body: undefined }))

describe('formatRefusal', () => {
  it('shapes the body, and says its type', async () => {
    const { status, headers, body } = await answerOf(({ status: code, description, correlationId }) => ({
      contentType: 'application/problem+json',
      body: { title: description, status: code, instance: correlationId, ü: '🦊' },
    }))
    expect(JSON.parse(body)).toEqual({ title: 'The access token expired', status: 401, instance: 'id-1', ü: '🦊' })
    expect([status, headers]).toEqual([
      401,
      {
        ...usual.headers,
        'content-type': 'application/problem+json',
        'content-length': String(Buffer.byteLength(body)),
      },
    ])
  })

  it('is told what a client and an operator may know', async () => {
    const seen: unknown[] = []
    await answerOf((refusal) => {
      seen.push(refusal)
      return { body: '' }
    })
    expect(seen).toEqual([
      {
        status: 401,
        reason: 'token_expired',
        code: 'AUTH_1001',
        error: 'invalid_token',
        description: 'The access token expired',
        correlationId: 'id-1',
        detail: 'expired 60 s ago; tolerance 5 s',
      },
    ])
  })

  it('takes text as it is', async () => {
    const { headers, body } = await answerOf(() => ({ contentType: 'text/html; charset=utf-8', body: '<p>No.</p>' }))
    expect([headers['content-type'], headers['content-length'], body]).toEqual([
      'text/html; charset=utf-8',
      '10',
      '<p>No.</p>',
    ])
  })

  it.each<readonly [string, () => unknown]>([
    ['throws', () => JSON.parse('{')],
    ['promises', () => Promise.resolve({ body: 'late' })],
    ['answers nothing', () => undefined],
    ['answers null', () => null],
    ['has no body', () => ({})],
    ['has a body that is no JSON', () => ({ body: () => 1 })],
    ['has a body that cannot be JSON', () => ({ body: 1n })],
    ['has a type that ends the header', () => ({ contentType: 'text/html\r\nSet-Cookie: a=b', body: '' })],
    ['has a type that is none', () => ({ contentType: 'html', body: '' })],
    ['has a type that is no text', () => ({ contentType: 1, body: '' })],
  ])('that %s leaves the body as it is', async (_, format) => {
    const answer = await answerOf(format as FormatRefusal) // wrong ones are the point
    expect([answer.status, answer.headers, answer.body]).toEqual([401, usual.headers, usual.body])
    expect(JSON.parse(answer.body)).toMatchObject({ error: 'invalid_token', code: 'AUTH_1001' })
  })

  it('cannot change the answer by what it is given', async () => {
    const { status, headers } = await answerOf((refusal) => {
      Object.assign(refusal, { status: 200, correlationId: 'a\r\nb' })
      return { body: {} }
    })
    expect([status, headers['www-authenticate'], headers['x-request-id'], headers['cache-control']]).toEqual([
      401,
      usual.headers['www-authenticate'],
      'id-1',
      'no-store',
    ])
  })

  it('keeps the nonce that is asked for', async () => {
    const server = world.serve({
      dpop: { nonce: { secret: 's'.repeat(32), mode: 'required' } },
      formatRefusal: () => ({ body: {} }),
    })
    const bound = await world.issuer.accessToken({ jkt: world.key.thumbprint })
    const proven = request({ authorization: `DPoP ${bound}`, dpop: await world.proof(bound) })
    const { status, headers } = refused(await server.authenticate(proven))
    expect([status, headers['dpop-nonce'] !== undefined, headers['cache-control']]).toEqual([401, true, 'no-store'])
  })

  it('and where nothing is forwarded, the outcome says so', async () => {
    expect(usual.forward).toBe(false)
    const server = world.serve({ refusals: 'forward' })
    const { forward, error } = refused(await server.authenticate(bearer(expired)))
    expect([forward, error.statusCode, error.expose]).toEqual([true, 401, true])
  })
})
