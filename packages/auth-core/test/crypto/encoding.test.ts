import { createHash, createHmac } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isCanonical } from '../../src/crypto/base64url.js'
import * as node from '../../src/crypto/node.js'
import * as web from '../../src/crypto/web.js'
import { RUNS, anyText } from '../arbitraries.js'
import { IMPLEMENTATIONS } from './implementations.js'

const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_']

function encoded(...bytes: number[]): string {
  return Buffer.from(bytes).toString('base64url')
}

describe('isCanonical', () => {
  it.each(['AA', '_w', '-_8', 'AAAA', '____', 'Zm9vYmFy'])('%s', (text) => {
    expect(isCanonical(text)).toBe(true)
  })

  it.each([
    ['nothing', ''],
    ['one character', 'A'],
    ['five characters', 'AAAAA'],
    ['one stray bit of four', 'AB'],
    ['four stray bits', 'AP'],
    ['one stray bit of two', 'AAB'],
    ['two stray bits', 'AAD'],
    ['stray bits after six characters', 'AAAAAB'],
  ])('not %s, which is no text either', (_name, text) => {
    expect([isCanonical(text), node.decodeText(text), web.decodeText(text)]).toEqual([false, undefined, undefined])
  })

  it('has one text for each byte string: of the 4096 pairs, and of 262144 triples, one each', () => {
    const pairs = LETTERS.flatMap((a) => LETTERS.map((b) => a + b))
    expect(pairs.filter(isCanonical)).toHaveLength(256)
    const triples = pairs.flatMap((pair) => LETTERS.map((c) => pair + c))
    expect(triples.filter(isCanonical)).toHaveLength(65_536)
  })

  it('is what encoding the bytes again gives', () => {
    const letters = fc.string({ unit: fc.constantFrom(...LETTERS), minLength: 1, maxLength: 9 })
    fc.assert(
      fc.property(letters, (text) => {
        expect(isCanonical(text)).toBe(Buffer.from(text, 'base64url').toString('base64url') === text)
      }),
      RUNS,
    )
  })
})

describe.each(IMPLEMENTATIONS)('%s', (_, { decodeText, sha256, hmacSha256 }) => {
  describe('decodeText', () => {
    it.each(['a', '{"alg":"ES256"}', 'é', 'Žofie 🦊', '\u0000', '\u{10ffff}', '\ud7ff\ue000', '\ufeffa'])(
      '%o',
      (text) => {
        expect(decodeText(Buffer.from(text).toString('base64url'))).toBe(text)
      },
    )

    it.each([
      ['a continuation byte', encoded(0x80)],
      ['a byte that never is', encoded(0xff)],
      ['an overlong slash', encoded(0xc0, 0xaf)],
      ['an overlong NUL', encoded(0xc0, 0x80)],
      ['an overlong of three', encoded(0xe0, 0x80, 0xaf)],
      ['an overlong of four', encoded(0xf0, 0x80, 0x80, 0xaf)],
      ['a surrogate', encoded(0xed, 0xa0, 0x80)],
      ['a pair of surrogates', encoded(0xed, 0xa0, 0xbd, 0xed, 0xb0, 0x80)],
      ['more than U+10FFFF', encoded(0xf4, 0x90, 0x80, 0x80)],
      ['five bytes', encoded(0xf8, 0x88, 0x80, 0x80, 0x80)],
      ['half a character', encoded(0x61, 0xc3)],
      ['two bytes of three', encoded(0xe2, 0x82)],
      ['three bytes of four', encoded(0xf0, 0x9f, 0xa6)],
      ['Latin-1', encoded(0x7b, 0xe9, 0x7d)],
      ['UTF-16', encoded(0xff, 0xfe, 0x61, 0x00)],
      ['good text before a bad byte', encoded(0x7b, 0x7d, 0xfe)],
    ])('of %s is undefined', (_name, text) => {
      expect(decodeText(text)).toBe(undefined)
    })
  })

  describe('sha256', () => {
    it.each([
      ['nothing', ''],
      ['abc', 'abc'],
      ['text beyond ASCII', 'é🦊'],
      ['16 KiB', 'x'.repeat(16_384)],
      ['what needs - and _', 'a'.repeat(13)],
    ])('of %s', async (_name, text) => {
      expect(await sha256(text)).toBe(createHash('sha256').update(text).digest('base64url'))
    })
  })

  describe('hmacSha256', () => {
    it('of the second test case of RFC 4231', async () => {
      const expected = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'
      const code = await hmacSha256('Jefe', 'what do ya want for nothing?')
      expect(code).toBe(Buffer.from(expected, 'hex').toString('base64url'))
    })

    it.each(['k', 'é🦊'.repeat(20), 'x'.repeat(65)])('under %s', async (secret) => {
      for (const text of ['', 'abc', 'é🦊', 'x'.repeat(1000)]) {
        expect(await hmacSha256(secret, text)).toBe(createHmac('sha256', secret).update(text).digest('base64url'))
      }
    })
  })
})

describe('both', () => {
  const letters = fc.string({ unit: fc.constantFrom(...LETTERS), maxLength: 60 })
  const canonical = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('base64url'))

  it('decode the same, to the same', () => {
    fc.assert(
      fc.property(fc.oneof(letters, canonical), (text) => {
        expect(node.decodeText(text)).toBe(web.decodeText(text))
      }),
      RUNS,
    )
  })

  it('hash the same', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        expect(node.sha256(text)).toBe(await web.sha256(text))
      }),
      RUNS,
    )
  })
})
