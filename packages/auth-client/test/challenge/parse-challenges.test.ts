import { array, assert, constantFrom, oneof, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'

import { parseChallenges } from '../../src/index.js'

function read(value: string | null | undefined): unknown {
  return parseChallenges(value).map(({ scheme, token68, parameters }) => [
    scheme,
    ...(token68 === undefined ? [] : [token68]),
    Object.fromEntries(parameters),
  ])
}

describe('challenges (RFC 9110 §11.6.1)', () => {
  it.each<[string, unknown]>([
    ['Bearer', [['bearer', {}]]],
    ['Bearer realm="api"', [['bearer', { realm: 'api' }]]],
    ['BEARER Realm=api', [['bearer', { realm: 'api' }]]],
    [
      'Bearer realm="api", error="invalid_token", error_description="a, b=\\"c\\"", DPoP algs="ES256 PS256"',
      [
        ['bearer', { realm: 'api', error: 'invalid_token', error_description: 'a, b="c"' }],
        ['dpop', { algs: 'ES256 PS256' }],
      ],
    ],
    [
      'Basic, Bearer',
      [
        ['basic', {}],
        ['bearer', {}],
      ],
    ],
    [
      'Negotiate YII=, Bearer scope="a b"',
      [
        ['negotiate', 'YII=', {}],
        ['bearer', { scope: 'a b' }],
      ],
    ],
    ['Negotiate a.b-c_d~e+f/g==', [['negotiate', 'a.b-c_d~e+f/g==', {}]]],
    ['Bearer realm = "x" , scope\t=\ty', [['bearer', { realm: 'x', scope: 'y' }]]],
    [' , , Bearer ,, realm="x" , ', [['bearer', { realm: 'x' }]]],
    [
      'Bearer realm="a", Bearer realm="b"',
      [
        ['bearer', { realm: 'a' }],
        ['bearer', { realm: 'b' }],
      ],
    ],
    ['Bearer error="a", error="b"', [['bearer', { error: 'a' }]]],
    ['Bearer realm="\\\\"', [['bearer', { realm: '\\' }]]],
    ['Bearer realm=""', [['bearer', { realm: '' }]]],
    [
      'Bearer resource_metadata=https://api.example.com/x',
      [['bearer', { resource_metadata: 'https://api.example.com/x' }]],
    ],
    ['Bearer error=invalid_token', [['bearer', { error: 'invalid_token' }]]],
    [
      'Newauth realm="apps", type=1, title="Login to \\"apps\\"", Basic realm="simple"',
      [
        ['newauth', { realm: 'apps', type: '1', title: 'Login to "apps"' }],
        ['basic', { realm: 'simple' }],
      ],
    ],
    // Malformed: what can be told is told, and nothing is made up.
    ['', []],
    [',,,', []],
    ['"Bearer error=\\"x\\""', []],
    ['Bearer realm="open', [['bearer', {}]]],
    ['Bearer realm="open\\', [['bearer', {}]]],
    ['Bearer realm="a"error="b"', [['bearer', {}]]],
    ['Bearer ;;;, error="x"', [['bearer', { error: 'x' }]]],
    ['error="x"', []],
    ['Bearer __proto__="x", constructor="y"', [['bearer', { ['__proto__']: 'x', constructor: 'y' }]]],
  ])('%s', (value, expected) => {
    expect(JSON.stringify(read(value))).toBe(JSON.stringify(expected))
  })

  it('there are none without a header', () => {
    expect([read(null), read(undefined)]).toEqual([[], []])
  })

  it('a challenge inside of a quoted string is none', () => {
    expect(read('Bearer error_description="x, DPoP error=use_dpop_nonce"')).toEqual([
      ['bearer', { error_description: 'x, DPoP error=use_dpop_nonce' }],
    ])
  })

  it('no more are read than any server sends', () => {
    expect(parseChallenges('Bearer, '.repeat(1000))).toHaveLength(32)
    const [one] = parseChallenges(`Bearer ${Array.from({ length: 200 }, (_, i) => `p${i}=1`).join(', ')}`)
    expect(one?.parameters.size).toBe(64)
    expect(parseChallenges(`${' '.repeat(20_000)}Bearer`)).toEqual([])
  })

  it('garbage throws nothing, and ends', () => {
    const part = oneof(
      string({ unit: 'binary' }),
      constantFrom('"', '\\', ',', '=', ' ', '\t', 'Bearer', 'DPoP', 'error', '"a"', '\r\n', '=='),
    )
    assert(
      property(array(part, { maxLength: 30 }), (parts) => {
        for (const { scheme, parameters } of parseChallenges(parts.join(''))) {
          if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(scheme)) return false
          for (const name of parameters.keys()) if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)) return false
        }
        return true
      }),
      { numRuns: 2000 },
    )
  })

  it('what is written as the RFC says comes back', () => {
    const token = string({ unit: constantFrom(...'abcXYZ019-._~!#$%&'), minLength: 1, maxLength: 8 })
    const text = string({ unit: constantFrom(...'ab ,="\\;Bearer'), maxLength: 12 })
    assert(
      property(
        array(array(text, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 }),
        token,
        (all, name) => {
          const quote = (one: string): string => `"${one.replaceAll(/["\\]/g, '\\$&')}"`
          const header = all
            .map((values, i) => `S${i} ${values.map((one, j) => `${name}${j}=${quote(one)}`).join(', ')}`)
            .join(', ')
          expect(parseChallenges(header).map(({ parameters }) => [...parameters.values()])).toEqual(all)
        },
      ),
    )
  })
})
