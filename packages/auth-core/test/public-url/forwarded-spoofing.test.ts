import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatTargetUrl } from '../../src/public-url/htu.js'
import { isAuthError } from '../../src/outcome/errors.js'
import { compileTrustProxy, countTrusted } from '../../src/node/trust-proxy.js'
import { publicUrl } from '../../src/public-url/public-url.js'
import type { ResourceRequest } from '../../src/request/resource-request.js'
import { RUNS } from '../arbitraries.js'
import { request } from '../support.js'

const NONE: readonly string[] = []
const NAMES = ['Proto', 'Host', 'Port', 'Prefix', 'For'].map((name) => `X-Forwarded-${name}`)
const anyName = fc.constantFrom(...NAMES, 'Forwarded', 'forwarded', 'x-forwarded-host', 'X-FORWARDED-PROTO')
const PIECES = [
  'evil.test',
  'https',
  'http',
  '443',
  '1',
  '/evil',
  '127.0.0.1',
  '::1',
  '"',
  '\\',
  ',',
  ';',
  '=',
  ' ',
  '\t',
  '',
]
const PAIRS = [
  'for=127.0.0.1',
  'for="[::1]"',
  'host=evil.test',
  'proto=http',
  'host="evil.test:1"',
  'x="',
  'x=";for=127.0.0.1"',
]
const piece = fc.constantFrom(...PIECES, ...PAIRS)
const anyValue = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(piece, { maxLength: 8 }).map((all) => all.join('')),
)
const spoofed = fc.array(fc.tuple(anyName, anyValue), { maxLength: 6 })

/** A request whose trust is that of a setting, judged as Express judges it. */
function from(peer: string, headers: readonly string[]): ResourceRequest {
  const trusts = compileTrustProxy('127.0.0.1')
  return {
    ...request({ scheme: 'http', host: 'inner.test', peer, headers }),
    trustedHops: (chain) => countTrusted(chain, trusts),
  }
}

/** The computed URL, or why there is none. */
function computed(peer: string, headers: readonly string[]): string {
  try {
    return formatTargetUrl(publicUrl(from(peer, headers), NONE).url)
  } catch (error) {
    if (isAuthError(error)) return error.reason
    throw error
  }
}

describe('whatever forwarded headers a client makes up', () => {
  it('from a peer that is not trusted, they change nothing', () => {
    fc.assert(
      fc.property(spoofed, (headers) => {
        expect(computed('203.0.113.9', headers.flat())).toBe('http://inner.test/items')
      }),
      RUNS,
    )
  })

  const valueOf = (headers: readonly (readonly [string, string])[], name: string): string[] =>
    headers.filter(([own]) => own.toLowerCase() === name.toLowerCase()).map(([, value]) => value)

  /** What a proxy does to a list: one line, its own entry last; or a line of its own. */
  function appended(client: readonly string[], name: string, own: string, ownLine: boolean): string[] {
    if (ownLine) return [...client.flatMap((value) => [name, value]), name, own]
    return [name, [...client, own].join(', ')]
  }

  it('in front of the entries of one trusted proxy that writes X-Forwarded-*, they never win', () => {
    const own = { For: '203.0.113.9', Proto: 'https', Host: 'good.test', Port: '8443', Prefix: '/good' }
    fc.assert(
      fc.property(spoofed, fc.boolean(), (headers, ownLine) => {
        // A proxy that writes one family removes the other.
        const sent = Object.entries(own).flatMap(([name, value]) =>
          appended(valueOf(headers, `X-Forwarded-${name}`), `X-Forwarded-${name}`, value, ownLine),
        )
        expect(computed('127.0.0.1', sent)).toBe('https://good.test:8443/good/items')
      }),
      RUNS,
    )
  })

  it('in front of the element of one trusted proxy that writes Forwarded, they never win', () => {
    const own = 'for=203.0.113.9;proto=https;host="good.test:8443";by="[2001:db8::1]:_p"'
    fc.assert(
      fc.property(spoofed, fc.boolean(), (headers, ownLine) => {
        const sent = appended(valueOf(headers, 'forwarded'), 'Forwarded', own, ownLine)
        // A quote that the client leaves open makes the list unreadable; that is refused, not guessed.
        expect(['https://good.test:8443/items', 'url_unknown']).toContain(computed('127.0.0.1', sent))
      }),
      RUNS,
    )
  })

  it('in X-Forwarded-For, passed on by a trusted proxy that writes Forwarded, they add no hop to its chain', () => {
    const own = 'for=203.0.113.9;proto=https;host=good.test'
    const address = fc.constantFrom('127.0.0.1', '::ffff:127.0.0.1', '::1', 'unknown', '', '127.0.0.1, 127.0.0.1')
    fc.assert(
      fc.property(fc.array(address, { maxLength: 4 }), fc.boolean(), (addresses, ownLine) => {
        const evil = ['host=evil.test;proto=http;for=127.0.0.1', 'for=127.0.0.1;host=evil.test;proto=http']
        const sent = [
          ...appended(evil, 'Forwarded', own, ownLine),
          ...addresses.flatMap((value) => ['X-Forwarded-For', value]),
        ]
        expect(computed('127.0.0.1', sent)).toBe('https://good.test/items')
      }),
      RUNS,
    )
  })

  it('in Forwarded, passed on by a trusted proxy that writes X-Forwarded-*, they add no hop to its chain', () => {
    const element = fc.constantFrom('for=127.0.0.1', 'for="[::1]"', 'for=127.0.0.1;by=x', 'for=unknown', 'x=y')
    fc.assert(
      fc.property(fc.array(element, { minLength: 1, maxLength: 4 }), (elements) => {
        const addresses = ['X-Forwarded-For', '127.0.0.1, 203.0.113.9']
        const said = ['X-Forwarded-Host', 'evil.test, good.test', 'X-Forwarded-Proto', 'http, https']
        const forwarded = ['Forwarded', elements.join(', ')]
        expect(computed('127.0.0.1', [...forwarded, ...addresses, ...said])).toBe('https://good.test/items')
        // Without addresses of its own, the family tells of one hop.
        expect(computed('127.0.0.1', [...forwarded, ...said])).toBe('https://good.test/items')
      }),
      RUNS,
    )
  })

  it('in a Host that a proxy quotes in its element, they add no trusted hop', () => {
    const inHost = fc.array(fc.constantFrom('a.test', ';', 'for=127.0.0.1', 'host=evil.test', ',', '=', ' '), {
      maxLength: 6,
    })
    fc.assert(
      fc.property(inHost, (pieces) => {
        const own = `host="${pieces.join('')}";for=203.0.113.9;proto=https`
        expect(computed('127.0.0.1', ['Forwarded', `host=evil.test;proto=http, ${own}`])).not.toContain('//evil.test/')
      }),
      RUNS,
    )
  })

  it('in front of those of both families, they never win', () => {
    fc.assert(
      fc.property(spoofed, fc.boolean(), (headers, ownLine) => {
        const sent = [
          ...appended(
            valueOf(headers, 'forwarded'),
            'Forwarded',
            'for=203.0.113.9;proto=https;host=good.test',
            ownLine,
          ),
          ...appended(valueOf(headers, 'x-forwarded-for'), 'X-Forwarded-For', '203.0.113.9', ownLine),
          ...appended(valueOf(headers, 'x-forwarded-host'), 'X-Forwarded-Host', 'good.test', ownLine),
        ]
        expect(['https://good.test/items', 'url_unknown']).toContain(computed('127.0.0.1', sent))
      }),
      RUNS,
    )
  })
})
