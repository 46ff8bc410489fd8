import { describe, expect, it } from 'vitest'
import { freezeJson, MalformedJwsError, parseCompactJws } from '../../src/crypto/compact-jws.js'
import { jwsText } from '../support.js'

const HEADER = '{"alg":"RS256"}'
const PAYLOAD = '{"iss":"https://issuer.test/"}'

function nested(depth: number, open = '[', close = ']'): string {
  return `{"a":${open.repeat(depth - 1)}${close.repeat(depth - 1)}}`
}

function nestedObjects(depth: number): string {
  return `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
}

describe('a well-formed compact JWS', () => {
  it('is taken apart', () => {
    const text = jwsText(HEADER, PAYLOAD, 'c2ln')
    const [headerText, payloadText] = text.split('.')
    expect(parseCompactJws(text)).toEqual({
      text,
      header: { alg: 'RS256' },
      payload: { iss: 'https://issuer.test/' },
      signatureText: 'c2ln',
      headerText,
      signingInput: `${headerText}.${payloadText}`,
    })
  })

  it('is frozen in depth', () => {
    const { header, payload } = parseCompactJws(jwsText('{"jwk":{"kty":"EC"}}', '{"aud":["a"],"cnf":{"jkt":"x"}}'))
    expect([header, header['jwk']].map(Object.isFrozen)).toEqual([true, true])
    expect(freezeJson(payload)).toBe(payload)
    expect([payload, payload['aud'], payload['cnf']].map(Object.isFrozen)).toEqual([true, true, true])
  })

  it('may hold text beyond ASCII, in UTF-8', () => {
    expect(parseCompactJws(jwsText(HEADER, '{"name":"Žofie 🦊"}')).payload).toEqual({ name: 'Žofie 🦊' })
  })

  it('may be nested 32 deep', () => {
    expect(parseCompactJws(jwsText(HEADER, nested(32))).payload).toEqual(JSON.parse(nested(32)))
    expect(parseCompactJws(jwsText(nestedObjects(32), PAYLOAD)).header).toEqual(JSON.parse(nestedObjects(32)))
  })

  it('may have any number of lists and objects, next to each other or in text', () => {
    const many = `{"a":[${Array(50).fill('[],{"b":"[[{{"}').join(',')}]}`
    expect(parseCompactJws(jwsText(HEADER, many)).payload).toEqual(JSON.parse(many))
  })

  it('has the last of two members of one name, as RFC 7515 §4 allows, everywhere', () => {
    const { header, payload } = parseCompactJws(jwsText('{"alg":"none","alg":"RS256"}', '{"iss":"a","iss":"b"}'))
    expect([header['alg'], payload['iss']]).toEqual(['RS256', 'b'])
  })
})

const GOOD = jwsText(HEADER, PAYLOAD)
const [H = '', P = '', S = ''] = GOOD.split('.')

describe('segments', () => {
  it.each([
    ['nothing', ''],
    ['one segment', H],
    ['two segments', `${H}.${P}`],
    ['four segments', `${GOOD}.${S}`],
    ['five segments, a JWE', `${H}.${S}.${S}.${S}.${S}`],
    ['a hundred thousand dots', '.'.repeat(100_000)],
    ['an empty header', `.${P}.${S}`],
    ['an empty payload', `${H}..${S}`],
    ['an empty signature', `${H}.${P}.`],
    ['a leading dot', `.${GOOD}`],
    ['JSON serialization', JSON.stringify({ protected: H, payload: P, signature: S })],
  ])('%s is refused', (_, text) => {
    expect(() => parseCompactJws(text)).toThrow(MalformedJwsError)
  })
})

describe('a character that is not of base64url', () => {
  const FOREIGN = ['+', '/', '=', ' ', '\t', '\r\n', '\0', '%41', ',', '~', '\u00c4', '\uff21', '\u0141', '\u212a']
  const ALL = [...FOREIGN, '\ud83e\udd8a', '\ud800', '\ufeff', '\u00a0', '\u2028', '\u007f']
  const insert = (text: string, at: number, put: string): string => text.slice(0, at) + put + text.slice(at)

  it.each(ALL.map((put) => [[...put].map((one) => `U+${one.codePointAt(0)?.toString(16)}`).join(' '), put]))(
    '%s is refused in each place of each segment, known header or not',
    (_, put) => {
      const known = parseCompactJws(GOOD).header
      for (let at = 0; at <= GOOD.length; at++) {
        const text = insert(GOOD, at, put)
        expect(() => parseCompactJws(text)).toThrow(MalformedJwsError)
        if (at > H.length) expect(() => parseCompactJws(text, known)).toThrow(MalformedJwsError)
      }
    },
  )
})

// Node's decoder looks at the lower eight bits of a character only.
describe('a character whose lower bits are those of a good one', () => {
  it.each([0x100, 0x400, 0x2100, 0xff00])('U+%s above it is refused in each place, known header or not', (above) => {
    const known = parseCompactJws(GOOD).header
    for (let at = 0; at < GOOD.length; at++) {
      const text = GOOD.slice(0, at) + String.fromCharCode(GOOD.charCodeAt(at) + above) + GOOD.slice(at + 1)
      expect(() => parseCompactJws(text)).toThrow(MalformedJwsError)
      if (at > H.length) expect(() => parseCompactJws(text, known)).toThrow(MalformedJwsError)
    }
  })
})

describe('a known header', () => {
  it('is taken as it is', () => {
    const { header } = parseCompactJws(GOOD)
    expect(parseCompactJws(`${H}.${P}.YWJj`, header).header).toBe(header)
  })

  it.each([
    ['no payload', `${H}..${S}`],
    ['no signature', `${H}.${P}.`],
    ['two segments', `${H}.${P}`],
    ['four segments', `${GOOD}.${S}`],
    ['a payload that is no JSON', `${H}.YWJj.${S}`],
    ['a payload that is no object', `${H}.W10.${S}`],
    ['a payload with stray bits', `${H}.e31.${S}`],
    ['a signature with stray bits', `${H}.${P}.YR`],
  ])('saves no other check: %s is refused', (_, text) => {
    const { header } = parseCompactJws(GOOD)
    expect(() => parseCompactJws(text, header)).toThrow(MalformedJwsError)
  })
})

describe('base64url', () => {
  // Lengths 2 and 3 beyond a multiple of four leave 4 and 2 bits over.
  const twoOver = Buffer.from('a').toString('base64url') // YQ
  const threeOver = Buffer.from('ab').toString('base64url') // YWI

  it.each([
    ['padding on the header', `${H}=.${P}.${S}`],
    ['padding on the payload', `${H}.${P}==.${S}`],
    ['padding on the signature', `${H}.${P}.${S}=`],
    ['a plus', `${H}.${P}.a+aa`],
    ['a slash', `${H}.${P}.a/aa`],
    ['a space', `${H}.${P}.a aa`],
    ['a line feed within', `${H}.${P}.aa\naa`],
    ['a line feed at the end', `${GOOD}\n`],
    ['a leading space', ` ${GOOD}`],
    ['NUL', `${H}.${P}.aa\0a`],
    ['a letter beyond ASCII', `${H}.${P}.aaaä`],
    ['a look-alike letter', `${H}.${P}.aaaа`],
    ['a full-width digit', `${H}.${P}.aaa１`],
    ['a percent escape', `${H}.${P}.aa%61a`],
    ['a length of 1 beyond a multiple of four', `${H}.${P}.aaaaa`],
    ['one character', `${H}.${P}.a`],
    ...['R', 'S', 'Z', 'f'].map((last) => [`4 stray bits: Y${last}`, `${H}.${P}.Y${last}`]),
    ...['J', 'K', 'L'].map((last) => [`2 stray bits: YW${last}`, `${H}.${P}.YW${last}`]),
  ])('%s is refused', (_, text) => {
    expect(() => parseCompactJws(text)).toThrow(MalformedJwsError)
  })

  it.each([twoOver, threeOver, 'YWJj', '__-_', '-_-_'])('%s is canonical', (signature) => {
    expect(parseCompactJws(`${H}.${P}.${signature}`).signatureText).toBe(signature)
  })

  it('accepts one text for one value: every other last character is refused', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const accepted = alphabet.split('').filter((last) => {
      try {
        return parseCompactJws(`${H}.${P}.Y${last}`).signatureText.length === 2
      } catch {
        return false
      }
    })
    expect(accepted).toEqual(['A', 'Q', 'g', 'w'])
  })
})

const NOT_OBJECTS: readonly (readonly [string, string | Uint8Array])[] = [
  ['an array', '[]'],
  ['an array with an object', '[{"alg":"RS256"}]'],
  ['a number', '1'],
  ['null', 'null'],
  ['true', 'true'],
  ['a string', '"{}"'],
  ['no JSON', 'abc'],
  ['two objects', '{}{}'],
  ['a trailing comma', '{"a":1,}'],
  ['a comment', '{}//'],
  ['NaN', '{"exp":NaN}'],
  ['single quotes', "{'alg':'RS256'}"],
  ['a half object', '{"a":1'],
  ['a byte order mark', '\uFEFF{}'],
  ['a NUL after it', '{}\0'],
  ['UTF-16', Buffer.from('{}', 'utf16le')],
  ['a lone continuation byte', Uint8Array.from([0x7b, 0x22, 0x80, 0x22, 0x3a, 0x31, 0x7d])],
  ['an overlong slash', Uint8Array.from([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d])],
  ['a surrogate in UTF-8', Uint8Array.from([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d])],
  ['a truncated sequence', Uint8Array.from([0x7b, 0x7d, 0xe2, 0x82])],
  ['Latin-1', Buffer.from('{"a":"é"}', 'latin1')],
  ['arrays 33 deep', nested(33)],
  ['objects 33 deep', nestedObjects(33)],
  ['arrays 10,000 deep', nested(10_000)],
  ['objects 10,000 deep', nestedObjects(10_000)],
  ['10,000 brackets that are never closed', '['.repeat(10_000)],
  ['a member __proto__', '{"__proto__":{"admin":true}}'],
  ['a member __proto__ further down', '{"a":[{"__proto__":null}]}'],
  ['a member __proto__ in escapes', '{"\\u005f_proto__":1}'],
]

describe('the header', () => {
  it.each(NOT_OBJECTS)('%s is refused', (_, header) => {
    expect(() => parseCompactJws(jwsText(header, PAYLOAD))).toThrow(MalformedJwsError)
  })

  it.each([
    ['crit', '{"alg":"RS256","crit":["exp"]}'],
    ['an empty crit', '{"alg":"RS256","crit":[]}'],
    ['a crit that is null', '{"alg":"RS256","crit":null}'],
    ['b64 false', '{"alg":"RS256","b64":false}'],
    ['b64 true', '{"alg":"RS256","b64":true}'],
    ['b64 with crit', '{"alg":"RS256","b64":false,"crit":["b64"]}'],
    ['zip', '{"alg":"RS256","zip":"DEF"}'],
    ['a zip that is null', '{"alg":"RS256","zip":null}'],
    ['crit in escapes', '{"alg":"RS256","\\u0063rit":["x"]}'],
  ])('%s is refused', (_, header) => {
    expect(() => parseCompactJws(jwsText(header, PAYLOAD))).toThrow(MalformedJwsError)
  })
})

describe('the payload', () => {
  it.each(NOT_OBJECTS)('%s is refused', (_, payload) => {
    expect(() => parseCompactJws(jwsText(HEADER, payload))).toThrow(MalformedJwsError)
  })

  it.each(['crit', 'b64', 'zip', 'constructor', 'prototype', 'toString'])('may have a member %s', (name) => {
    const { payload } = parseCompactJws(jwsText(HEADER, JSON.stringify({ [name]: 1 })))
    expect(Object.entries(payload)).toEqual([[name, 1]])
  })
})

describe('the message', () => {
  it.each([
    ['not base64url', 'S3CRET!.S3CRET.S3CRET'],
    ['not JSON', jwsText('S3CRET', PAYLOAD)],
    ['not an object', jwsText('"S3CRET"', PAYLOAD)],
    ['an extension', jwsText('{"crit":["S3CRET"]}', PAYLOAD)],
  ])('says nothing of the text: %s', (_, text) => {
    let message = ''
    try {
      parseCompactJws(text)
    } catch (error) {
      message = `${String(error)} ${JSON.stringify(error)}`
    }
    expect(message).toMatch(/^MalformedJwsError: /)
    expect(message).not.toContain('S3CRET')
  })
})
