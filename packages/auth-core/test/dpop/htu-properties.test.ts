import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatTargetUrl, parseTargetUrl } from '../../src/dpop/htu.js'
import { RUNS, anyText } from '../arbitraries.js'

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
      { numRuns: 5000 },
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
