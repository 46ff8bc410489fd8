import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isAuthError } from '../../src/outcome/errors.js'
import { forwardedFields } from '../../src/public-url/forwarded.js'
import { RUNS, anyHeaders } from '../arbitraries.js'
import { request } from '../support.js'

describe('forwardedFields', () => {
  it('returns fields or throws an AuthError', () => {
    fc.assert(
      fc.property(anyHeaders, fc.nat(4), (headers, hops) => {
        const read = (): string => {
          try {
            return typeof forwardedFields(request({ headers: headers.flat(), hops }))
          } catch (error) {
            if (isAuthError(error)) return error.reason
            throw error
          }
        }
        expect(['object', 'url_unknown']).toContain(read())
      }),
      RUNS,
    )
  })

  it('pays no heed to anything left of the entry of the outermost trusted proxy', () => {
    const left = fc.array(fc.constantFrom('evil.test', '"', '""', ',', '"evil', 'evil"', '\\', 'a b', ''), {
      maxLength: 4,
    })
    fc.assert(
      fc.property(left, (texts) => {
        const host = [...texts, 'good.test'].join(', ')
        expect(forwardedFields(request({ hops: 1, headers: ['X-Forwarded-Host', host] })).legacy.host).toBe('good.test')
      }),
      RUNS,
    )
  })

  it('takes the host of the outermost trusted proxy from Forwarded, or refuses, whatever the client wrote before it', () => {
    const piece = fc.constantFrom(
      'host=evil.test',
      'proto=http',
      'x=',
      '"',
      '\\',
      ',',
      ';',
      ' ',
      'for=',
      'for="',
      '[::1]',
    )
    const proxies = 'for=c;host=good.test, for="[2001:db8::1]";host=inner.test'
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.boolean(), (pieces, ownLine) => {
        const client = pieces.join('')
        const lines = ownLine ? ['Forwarded', client, 'Forwarded', proxies] : ['Forwarded', `${client}, ${proxies}`]
        try {
          const { standard } = forwardedFields(request({ hops: 2, headers: ['X-Forwarded-For', 'c, p', ...lines] }))
          expect(standard.host).toBe('good.test')
        } catch (error) {
          if (!isAuthError(error)) throw error
        }
      }),
      RUNS,
    )
  })
})
