import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatTargetUrl, normalizePath, parseTargetUrl } from '../../src/public-url/htu.js'
import { RUNS, anyText, runs } from '../arbitraries.js'

describe('normalisation of htu', () => {
  const piece = fc.constantFrom(
    '/',
    '/.',
    '/..',
    '//',
    '.',
    'a',
    'B',
    '~',
    '%7E',
    '%7e',
    '%2f',
    '%2E',
    '%2e%2e',
    '%25',
    '%41',
    ';',
    ':',
    '@',
    '%C3%a9',
    '|',
    '%7c',
    '[',
    '{"<`>^}',
    '?x',
    '#y',
  )
  const host = fc.constantFrom(
    'api.test',
    'API.Test',
    'api.test:443',
    'api.test:80',
    'api.test:8443',
    '127.0.0.1',
    '[::1]',
    '[2001:DB8::0:1]:443',
    'api.test:',
  )
  const url = fc
    .tuple(fc.constantFrom('http', 'https', 'HTTPS'), host, fc.array(piece, { maxLength: 10 }))
    .map(([scheme, authority, path]) => `${scheme}://${authority}/${path.join('')}`)

  it('is idempotent', () => {
    fc.assert(
      fc.property(fc.oneof(url, fc.webUrl({ withFragments: true, withQueryParameters: true }), anyText), (text) => {
        const once = parseTargetUrl(text)
        if (once === undefined) return
        expect(parseTargetUrl(formatTargetUrl(once))).toEqual(once)
        expect(once.path.split('/').filter((segment) => segment === '.' || segment === '..')).toEqual([])
      }),
      runs(5000),
    )
  })

  // Spellings of characters, each of which would be another one to some server.
  const SPELT =
    '/ %2F %2f %5C %5c %25 %3F %23 ; %3B %3b @ %40 : %00 %C3 %c3 a %61 A %41 ~ %7E %7e | %7C %7c [ %5B %5b ^ %5e " %22 ` %60'
  const spelling = fc.constantFrom(...SPELT.split(' '))
  const spellings = fc.array(spelling, { maxLength: 4 })

  /** What must be kept apart: each character, and whether it is encoded, where that can mean another thing. */
  function meaning(path: readonly string[]): readonly string[] {
    return path.map((text) => {
      if (text.length === 1) return text
      const character = String.fromCharCode(Number.parseInt(text.slice(1), 16))
      return /[A-Za-z0-9._~"<>[\]^`{|}-]/.test(character) ? character : text.toUpperCase()
    })
  }

  it('makes one path of two when they differ in how characters are encoded that change nothing, and never else', () => {
    fc.assert(
      fc.property(spellings, spellings, (one, other) => {
        const same = normalizePath(`/${one.join('')}`) === normalizePath(`/${other.join('')}`)
        expect(same).toBe(meaning(one).join(' ') === meaning(other).join(' '))
      }),
      runs(20_000),
    )
  })

  const respelt = fc.array(fc.tuple(spelling, fc.boolean()), { maxLength: 8 })

  it('makes one path of all spellings of the characters that change nothing', () => {
    fc.assert(
      fc.property(respelt, (path) => {
        const other = path.map(([text, changed]) => {
          const [character = ''] = meaning([text])
          if (!changed || character.length > 1 || !/[A-Za-z0-9._~"<>[\]^`{|}-]/.test(character)) return text
          return text.length > 1 ? character : `%${character.charCodeAt(0).toString(16)}`
        })
        expect(normalizePath(`/${other.join('')}`)).toBe(normalizePath(`/${path.map(([text]) => text).join('')}`))
      }),
      RUNS,
    )
  })

  it('agrees with the URL parser where that mends nothing', () => {
    fc.assert(
      fc.property(fc.webUrl(), (text) => {
        const once = parseTargetUrl(text)
        if (once === undefined || text.includes('%')) return
        const { protocol, host: authority, pathname } = new URL(text)
        expect(formatTargetUrl(once)).toBe(`${protocol}//${authority}${pathname}`)
      }),
      RUNS,
    )
  })
})
