import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quote } from '../../src/util/quote.js'
import { RUNS, anyText } from '../arbitraries.js'

describe('quote', () => {
  it.each([
    ['plain text', 'abc', '"abc"'],
    ['CR LF', 'a\r\nb', '"a\\u000d\\u000ab"'],
    ['an ANSI escape', '\x1b[31mred', '"\\u001b[31mred"'],
    ['a C1 control', '\x9b31m', '"\\u009b31m"'],
    ['quotes', 'a"b', '"a\\u0022b"'],
    ['a backslash', 'a\\nb', '"a\\u005cnb"'],
    ['NUL and DEL', '\0\x7f', '"\\u0000\\u007f"'],
    ['a line separator', 'a\u2028b', '"a\\u2028b"'],
    ['a right-to-left override', 'a\u202eb', '"a\\u202eb"'],
    ['an emoji', '🦊', '"\\ud83e\\udd8a"'],
    ['a lone surrogate', '\ud800', '"\\ud800"'],
    ['undefined', undefined, '"undefined"'],
    ['null', null, '"null"'],
    ['a number', 12, '"12"'],
    ['a list', ['a', '\n'], '"[\\u0022a\\u0022,\\u0022\\u005cn\\u0022]"'],
    ['an object', { a: 1 }, '"{\\u0022a\\u0022:1}"'],
  ])('%s', (_, value, quoted) => {
    expect(quote(value)).toBe(quoted)
  })

  it('cuts after 120 characters', () => {
    expect(quote('a'.repeat(120))).toBe(`"${'a'.repeat(120)}"`)
    expect(quote('a'.repeat(121))).toBe(`"${'a'.repeat(120)}…"`)
  })

  it('is one line of printable characters for every code unit', () => {
    for (let code = 0; code <= 0xffff; code++) {
      expect(quote(String.fromCharCode(code))).toMatch(/^"(?:[\x20\x21\x23-\x5B\x5D-\x7E…]|\\u[0-9a-f]{4})"$/)
    }
  })

  it('is one line of printable ASCII between two quotes, whatever the text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(quote(text)).toMatch(/^"[\x20\x21\x23-\x7e]*…?"$/)
      }),
      RUNS,
    )
  })
})
