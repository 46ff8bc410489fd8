import { describe, expect, it } from 'vitest'
import { createParsedHeaders } from '../../src/access-token/parsed-headers.js'
import { LONGEST_KNOWN_HEADER, parseCompactJws } from '../../src/crypto/compact-jws.js'
import { createWorld, jwsText } from '../support.js'

/** A token whose first segment has so many characters. */
function tokenWithHeader(characters: number): string {
  const bytes = Math.floor((characters * 3) / 4)
  return jwsText(`{"pad":"${'p'.repeat(bytes - 10)}"}`, '{}')
}

describe('parsed headers', () => {
  it('are found by their text, whatever comes after it', () => {
    const headers = createParsedHeaders()
    const jws = parseCompactJws(jwsText('{"alg":"ES256"}', '{"sub":"a"}'))
    expect(headers.of(jws.text)).toBe(undefined)
    headers.keep(jws)
    expect(headers.of(jws.text)).toBe(jws.header)
    expect(headers.of(jwsText('{"alg":"ES256"}', '{"sub":"b"}'))).toBe(jws.header)
    expect(headers.of(jwsText('{"alg": "ES256"}', '{"sub":"a"}'))).toBe(undefined)
  })

  it.each(['', '.', '..', 'no token', '.e30.c2ln'])('%o has none', (text) => {
    const headers = createParsedHeaders()
    headers.keep(parseCompactJws(jwsText('{"alg":"ES256"}', '{}')))
    expect(headers.of(text)).toBe(undefined)
  })

  // Issuers choose what is in them, so their size has a bound.
  it.each([
    [LONGEST_KNOWN_HEADER, true],
    [LONGEST_KNOWN_HEADER + 2, false],
    [8000, false],
  ])('of %s characters are kept: %s', (characters, kept) => {
    const headers = createParsedHeaders()
    const jws = parseCompactJws(tokenWithHeader(characters))
    expect(jws.headerText).toHaveLength(characters)
    headers.keep(jws)
    expect(headers.of(jws.text) === jws.header).toBe(kept)
  })

  it('are shared by the tokens of a key, once one of them was accepted', async () => {
    const { issuer, server } = await createWorld()
    const first = await server.verifyAccessToken(await issuer.accessToken())
    const second = await server.verifyAccessToken(await issuer.accessToken())
    expect(second.header).toBe(first.header)
  })
})
