import { describe, expect, it } from 'vitest'

import { parseChallenges } from '../src/contract/challenges.js'

describe('parseChallenges', () => {
  it('reads challenges in one field value', () => {
    const value =
      'Bearer realm="a, \\"b\\"", error=invalid_token , DPOP algs="ES256", Negotiate, Basic dG9rZW4=, , NTLM'
    expect(parseChallenges(value)).toEqual([
      {
        scheme: 'bearer',
        parameters: new Map([
          ['realm', 'a, "b"'],
          ['error', 'invalid_token'],
        ]),
      },
      { scheme: 'dpop', parameters: new Map([['algs', 'ES256']]) },
      { scheme: 'negotiate', parameters: new Map() },
      { scheme: 'basic', parameters: new Map() },
      { scheme: 'ntlm', parameters: new Map() },
    ])
    expect(parseChallenges('')).toEqual([])
  })

  it.each([
    'realm="a"',
    'Bearer realm="a',
    'Bearer realm=a"b"',
    'Bearer realm="a" error="b"',
    'Bearer realm="a", REALM="b"',
    'Bearer realm="a\u0001"',
    'Bearer =a b',
    'Bear/er realm="a"',
    'Bearer realm="a"; error="b"',
  ])('%j is malformed', (value) => {
    expect(parseChallenges(value)).toBeUndefined()
  })
})
