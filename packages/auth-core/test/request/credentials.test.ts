import { describe, expect, it } from 'vitest'
import { readCredentials, sentCredentials } from '../../src/request/credentials.js'
import { createWorld, errorOf, refused, request } from '../support.js'

const { server } = await createWorld()

const TOKEN = 'aaa.bbb.ccc'
const LIMIT = 16 * 1024

describe('readCredentials', () => {
  it.each([
    [`Bearer ${TOKEN}`, 'Bearer', TOKEN],
    [`bearer ${TOKEN}`, 'Bearer', TOKEN],
    [`BEARER ${TOKEN}`, 'Bearer', TOKEN],
    [`Bearer   ${TOKEN}`, 'Bearer', TOKEN],
    [`DPoP ${TOKEN}`, 'DPoP', TOKEN],
    [`dpop ${TOKEN}`, 'DPoP', TOKEN],
    ['Bearer aA0-._~+/==', 'Bearer', 'aA0-._~+/=='],
  ])('%s', (authorization, scheme, token) => {
    expect(readCredentials(request({ authorization }))).toEqual({ scheme, token })
  })

  it.each(['authorization', 'AUTHORIZATION', 'aUthorization'])('takes the header name %s', (name) => {
    expect(readCredentials(request({ headers: [name, `Bearer ${TOKEN}`] }))).toEqual({ scheme: 'Bearer', token: TOKEN })
  })

  it.each([
    ['no header', undefined, 'credentials_missing'],
    ['Basic', 'Basic dXNlcjpwYXNz', 'credentials_missing'],
    ['Digest', 'Digest username="x"', 'credentials_missing'],
    ['a scheme that begins like one', `BearerX ${TOKEN}`, 'credentials_missing'],
    ['__proto__', `__proto__ ${TOKEN}`, 'credentials_missing'],
    ['constructor', `constructor ${TOKEN}`, 'credentials_missing'],
    ['an empty value', '', 'credentials_malformed'],
    ['a space', ' ', 'credentials_malformed'],
    ['a leading space', ` Bearer ${TOKEN}`, 'credentials_malformed'],
    ['a leading comma', `, Bearer ${TOKEN}`, 'credentials_malformed'],
    ['Bearer alone', 'Bearer', 'credentials_malformed'],
    ['Bearer and a space', 'Bearer ', 'credentials_malformed'],
    ['DPoP alone', 'DPoP', 'credentials_malformed'],
    ['a tab in place of the space', `Bearer\t${TOKEN}`, 'credentials_malformed'],
    ['a no-break space', `Bearer\u00a0${TOKEN}`, 'credentials_malformed'],
    ['a tab after the space', `Bearer \t${TOKEN}`, 'credentials_malformed'],
    ['two words', `Bearer ${TOKEN} ${TOKEN}`, 'credentials_malformed'],
    ['a trailing space', `Bearer ${TOKEN} `, 'credentials_malformed'],
    ['two credentials in a list', `Bearer ${TOKEN}, Bearer ${TOKEN}`, 'credentials_malformed'],
    ['two schemes in a list', `Bearer ${TOKEN}, DPoP ${TOKEN}`, 'credentials_malformed'],
    ['a comma', `Bearer ${TOKEN},${TOKEN}`, 'credentials_malformed'],
    ['quotes', `Bearer "${TOKEN}"`, 'credentials_malformed'],
    ['a parameter', 'Bearer token="x"', 'credentials_malformed'],
    ['padding within', 'Bearer aa=aa', 'credentials_malformed'],
    ['padding alone', 'Bearer ==', 'credentials_malformed'],
    ['a colon', 'Bearer a:b', 'credentials_malformed'],
    ['a line feed', `Bearer ${TOKEN}\n`, 'credentials_malformed'],
    ['CR LF', `Bearer ${TOKEN}\r\nX-Evil: 1`, 'credentials_malformed'],
    ['NUL', `Bearer ${TOKEN}\0`, 'credentials_malformed'],
    ['a letter beyond ASCII', 'Bearer tökén', 'credentials_malformed'],
    ['a colon after the scheme', `Bearer: ${TOKEN}`, 'credentials_malformed'],
  ])('%s', async (_, authorization, reason) => {
    const parts = authorization === undefined ? {} : { authorization }
    // Text that cannot be a token is found out where the token is taken apart.
    expect(refused(await server.authenticate(request(parts))).error.reason).toBe(reason)
  })

  it.each([
    ['the same twice', [`Bearer ${TOKEN}`, `Bearer ${TOKEN}`], 'Bearer'],
    ['two schemes', [`DPoP ${TOKEN}`, `Bearer ${TOKEN}`], 'DPoP'],
    ['an empty one first', ['', `Bearer ${TOKEN}`], undefined],
    ['an empty one last', [`Bearer ${TOKEN}`, ''], 'Bearer'],
    ['Basic first', ['Basic eDp5', `Bearer ${TOKEN}`], undefined],
    ['a hundred', Array<string>(100).fill(`Bearer ${TOKEN}`), 'Bearer'],
  ])('two headers: %s', async (_, authorization, scheme) => {
    const error = await errorOf(() => readCredentials(request({ authorization })))
    expect([error.reason, error.scheme]).toEqual(['credentials_repeated', scheme])
  })

  it('finds a second header whatever its case', async () => {
    const twice = request({ headers: ['Authorization', `Bearer ${TOKEN}`, 'AUTHORIZATION', `Bearer ${TOKEN}`] })
    expect((await errorOf(() => readCredentials(twice))).reason).toBe('credentials_repeated')
  })

  it('takes a token of 16 KiB and not one more character', async () => {
    expect(readCredentials(request({ authorization: `Bearer ${'a'.repeat(LIMIT)}` })).token).toHaveLength(LIMIT)
    const error = await errorOf(() => readCredentials(request({ authorization: `DPoP ${'a'.repeat(LIMIT + 1)}` })))
    expect([error.reason, error.status, error.scheme]).toEqual(['token_too_large', 400, 'DPoP'])
  })

  it('reads no token from the query, nor from other headers', async () => {
    const elsewhere = request({
      target: `/items?access_token=${TOKEN}`,
      headers: [
        'Proxy-Authorization',
        `Bearer ${TOKEN}`,
        'X-Authorization',
        `Bearer ${TOKEN}`,
        'Cookie',
        `access_token=${TOKEN}`,
      ],
    })
    expect((await errorOf(() => readCredentials(elsewhere))).reason).toBe('credentials_missing')
  })

  it('takes no header value for a header name', async () => {
    const confusing = request({ headers: ['X-A', 'Authorization', 'X-B', `Bearer ${TOKEN}`] })
    expect((await errorOf(() => readCredentials(confusing))).reason).toBe('credentials_missing')
  })
})

describe('sentCredentials', () => {
  it.each([
    ['no header', {}, false],
    ['an empty header', { authorization: '' }, true],
    ['Basic', { authorization: 'Basic eDp5' }, true],
    ['only a proof', { dpop: 'aaa.bbb.ccc' }, false],
  ])('%s', (_, parts, sent) => {
    expect(sentCredentials(request(parts))).toBe(sent)
  })
})

describe('errors of credentials', () => {
  it('tell the operator of the scheme, and hold nothing that could be a secret', async () => {
    // A key sent without any scheme has the syntax of a scheme.
    const error = await errorOf(() => readCredentials(request({ authorization: 'sk_live_0123456789abcdef' })))
    expect(error.reason).toBe('credentials_missing')
    expect(error.detail ?? '').not.toContain('sk_live_0123456789abcdef')
  })
})
