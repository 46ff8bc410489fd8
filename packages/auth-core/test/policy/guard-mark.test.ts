import { describe, expect, it } from 'vitest'

import { describeRequirements, guardMark, markGuard, optional, publicMark, requirements } from '../../src/index.js'

describe('the mark of a guard', () => {
  it('is found on what was marked, and on nothing else', () => {
    const mark = { kind: 'guard', requirements: requirements('a') } as const
    const handler = (): void => undefined
    expect(markGuard(handler, mark)).toBe(handler)
    expect(guardMark(handler)).toBe(mark)
    expect(Object.keys(handler)).toEqual([])
    for (const other of [() => undefined, {}, null, undefined, 'a', 1]) expect(guardMark(other)).toBe(undefined)
  })

  it('of an open route has a reason', () => {
    expect(publicMark(' health checks ')).toEqual({ kind: 'public', reason: 'health checks' })
    for (const none of ['', ' ', undefined, null, 1])
      expect(() => publicMark(none)).toThrow(/^publicRoute: got no reason/)
  })
})

describe('requirements in words', () => {
  it.each([
    [requirements(), 'any valid token'],
    [optional(), 'optional token'],
    [requirements('a b'), 'scopes a b'],
    [requirements({ anyScope: 'a b' }), 'scope a or b'],
    [requirements({ permissions: 'p', roles: 'r' }), 'permission p, role r'],
    [
      requirements({ claims: { org_id: 'org_1' }, clientCredentials: true }),
      'claim org_id, a client-credentials token',
    ],
    [requirements({ acr: 'a b', maxAge: 300, dpop: 'required' }), 'acr a or b, login of the last 300 s, DPoP'],
  ])('%#', (wanted, text) => {
    expect(describeRequirements(wanted)).toBe(text)
  })
})

it('values of claims are told where that is asked for, and functions by their kind', () => {
  const claims = { role: ['admin', 'guest'], org: () => true }
  const wanted = requirements({ claims, authorizationDetails: { type: 'pay', matches: () => true } })
  expect(describeRequirements(wanted)).toBe('claim role, claim org, authorization details pay by a function')
  expect(describeRequirements(wanted, 'values')).toBe(
    'claim role ["admin","guest"], claim org by a function, authorization details pay by a function',
  )
})
