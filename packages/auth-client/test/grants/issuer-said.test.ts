import { inspect } from 'node:util'

import { describe, expect, it } from 'vitest'

import { generateDpopKeyPair } from '../../src/index.js'
import type { AuthClientError, IssuerSaid } from '../../src/index.js'
import { CALLBACK, clientOf, failureOf, issuerOf, SECRET } from '../support/client.js'

const headers = { 'content-type': 'application/json' }

const refusing = async (
  body: object,
  status = 400,
): Promise<{ readonly error: AuthClientError; readonly said: IssuerSaid | undefined }> => {
  const issuer = await issuerOf()
  issuer.fail('token', { status, headers, body: JSON.stringify(body) })
  const error = await failureOf(clientOf(issuer).clientCredentials().getAccessToken())
  return { error, said: error.issuerSaid() }
}

const printed = (error: Error): string =>
  [
    String(error),
    error.stack,
    JSON.stringify(error),
    inspect(error, { depth: 9, showHidden: true, getters: true }),
    JSON.stringify({ ...error }),
  ].join()

describe('what the issuer said', () => {
  it('is its error and its description', async () => {
    const { said } = await refusing({ error: 'unauthorized_client', error_description: 'Grant type not allowed' }, 403)
    expect(said).toEqual({ error: 'unauthorized_client', description: 'Grant type not allowed' })
  })

  it('is an error code that nobody knows, too', async () => {
    const { error, said } = await refusing({ error: 'odd_one' })
    expect([error.reason, said]).toEqual(['authorization_refused', { error: 'odd_one' }])
  })

  it('is nowhere but there: not in message, stack, JSON, nor where the error is printed', async () => {
    const { error, said } = await refusing({ error: 'invalid_client', error_description: 'look at the dashboard' })
    expect(said?.description).toBe('look at the dashboard')
    expect(printed(error)).not.toContain('dashboard')
  })

  it.each([
    ['the secret', SECRET],
    ['the secret, encoded', encodeURIComponent(SECRET)],
    ['a token', 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.AAAABBBBCCCC'],
    ['what has the form of a token', 'b9Zk2opaqueOPAQUE1234567'],
  ])('hides %s', async (_, hidden) => {
    const { error, said } = await refusing({ error: 'invalid_client', error_description: `got ${hidden}; see "docs"` })
    expect(said?.description).toBe('got (hidden); see "docs"')
    expect(printed(error)).not.toContain(hidden)
  })

  it.each([
    ['one word', 'a'.repeat(60_000), '(hidden)'],
    ['words of a token each', 'aaaaaaaaaaaaaaa-'.repeat(3700), '(hidden)'],
    ['words', 'see docs '.repeat(6000), 'see docs '.repeat(40).slice(0, 300)],
    ['a token at the cut', `${'see docs '.repeat(220)}${'aB3'.repeat(9)}`, 'see docs '.repeat(40).slice(0, 300)],
  ])('is read in no time, and bounded: %s', async (_, description, expected) => {
    const start = performance.now()
    const { said } = await refusing({ error: 'invalid_client', error_description: description })
    expect(said?.description).toBe(expected)
    expect(performance.now() - start).toBeLessThan(3000)
  })

  it('hides a secret in the form, and the error code as well', async () => {
    const issuer = await issuerOf()
    issuer.fail('token', {
      status: 400,
      headers,
      body: JSON.stringify({ error: `bad ${SECRET}`, error_description: SECRET }),
    })
    const client = clientOf(issuer, { authentication: { secret: SECRET, method: 'post' } })
    const error = await failureOf(client.clientCredentials().getAccessToken())
    expect(error.issuerSaid()).toEqual({ error: 'bad (hidden)', description: '(hidden)' })
  })

  it('hides short secrets, and leaves words that happen to be public parameters', async () => {
    const issuer = await issuerOf()
    const error_description = 'secret pw-1 of app for https://api.test/ and scope read:messages is wrong'
    issuer.fail('token', { status: 400, headers, body: JSON.stringify({ error: 'invalid_client', error_description }) })
    const client = clientOf(issuer, { authentication: { secret: 'pw-1', method: 'post' } })
    const error = await failureOf(client.clientCredentials({ scopes: ['read:messages'] }).getAccessToken())
    expect(error.issuerSaid()?.description).toBe(
      'secret (hidden) of app for https://api.test/ and scope read:messages is wrong',
    )
  })

  it('hides refresh tokens, subject tokens and proofs', async () => {
    const issuer = await issuerOf()
    const client = clientOf(issuer, { dpop: await generateDpopKeyPair() })
    for (const call of [
      () => client.refresh({ refreshToken: 'rt.short' }),
      () => client.exchangeToken({ subjectToken: 'rt.short' }),
    ]) {
      issuer.fail('token', {
        status: 400,
        headers,
        body: '{"error":"invalid_grant","error_description":"rt.short is used up"}',
      })
      const error = await failureOf(call())
      expect(error.issuerSaid()).toEqual({ error: 'invalid_grant', description: '(hidden) is used up' })
    }
  })

  it('is printable, short, and text alone', async () => {
    const { said } = await refusing({ error: 'x', error_description: `a\u001B[2J\r\n\u202E${'word '.repeat(200)}` })
    expect(said?.description).toMatch(/^a\?\[2J\?\?\?(?:word ){20}/)
    expect(said?.description?.length).toBeLessThanOrEqual(300)
    expect((await refusing({ error: 'x', error_description: { a: SECRET } })).said).toEqual({ error: 'x' })
  })

  it('is that of a login that was refused, when it is the answer to this one', async () => {
    const issuer = await issuerOf()
    const client = clientOf(issuer)
    const { stored } = await client.authorizationRequest({ redirectUri: CALLBACK })
    const answer = new URLSearchParams({ error: 'access_denied', error_description: 'The user said no' })
    const forged = await failureOf(client.handleCallback(`${CALLBACK}?${answer.toString()}&state=other`, stored))
    expect([forged.reason, forged.issuerSaid()]).toEqual(['callback_invalid', undefined])
    const iss = encodeURIComponent(issuer.issuer)
    const own = await failureOf(
      client.handleCallback(`${CALLBACK}?${answer.toString()}&state=${stored.state}&iss=${iss}`, stored),
    )
    expect(own.issuerSaid()).toEqual({ error: 'access_denied', description: 'The user said no' })
  })

  it('is nothing where it said nothing', async () => {
    const issuer = await issuerOf()
    await issuer.close()
    const error = await failureOf(clientOf(issuer, { retries: 0 }).clientCredentials().getAccessToken())
    expect([error.reason, error.issuerSaid()]).toEqual(['network', undefined])
  })
})
