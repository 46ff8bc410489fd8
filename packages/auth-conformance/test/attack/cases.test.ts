import type { IncomingMessage, ServerResponse } from 'node:http'

import { describe, expect, it } from 'vitest'

import { adviceFor } from '../../src/attack/advice.js'
import { attackAreas, attackCases } from '../../src/attack/cases.js'
import type { AttackReport } from '../../src/index.js'
import { attackedApis, namesOf } from './api.js'

const apis = attackedApis()

/** Takes whatever names one of the two schemes. */
function credulous({ headers }: IncomingMessage, response: ServerResponse): boolean {
  const isTaken = /^(?:bearer|dpop)\b/i.test(headers.authorization ?? '')
  if (isTaken) response.end('{}')
  else response.writeHead(401, { 'WWW-Authenticate': 'Bearer realm="api", DPoP algs="ES256"' }).end()
  return true
}

/** Wants a nonce in proofs, whatever it is. */
function withAnyNonce(request: IncomingMessage, response: ServerResponse): boolean {
  const [, payload = ''] = String(request.headers['dpop'] ?? '').split('.')
  const isOfDpop = /^dpop\b/i.test(request.headers.authorization ?? '')
  if (!isOfDpop || Buffer.from(payload, 'base64url').includes('"nonce":')) return credulous(request, response)
  response.writeHead(401, { 'WWW-Authenticate': 'DPoP error="use_dpop_nonce"', 'DPoP-Nonce': 'n-1' }).end()
  return true
}

/** Attacks that were refused. */
function passedAttacks(results: AttackReport['results']): string[] {
  const attacks = new Set(attackCases.filter(({ contractCase }) => contractCase.attack).map(nameOf))
  const passed = results.filter(({ outcome }) => outcome === 'passed').map(({ area, name }) => `${area}: ${name}`)
  return passed.filter((name) => attacks.has(name))
}

describe('the cases of an attack', () => {
  it('find something, each of them: who takes whatever names a scheme passes those alone that name none', async () => {
    const { results } = await apis.attacked({ intercepts: credulous }, { scopes: ['read:messages'] })
    expect(passedAttacks(results)).toEqual([
      'credentials: a scheme named like a member of objects',
      'credentials: a scheme named __proto__',
      'credentials: a good token behind an unknown scheme',
      'credentials: a token in the query',
      'credentials: a good token under a scheme that nobody knows',
      'credentials: a token in the body of a GET request',
    ])
  })

  it.each<[string, (url: URL) => string, string]>([
    ['the host', ({ protocol, port }) => protocol + port, 'a proof for another host'],
    ['the port', ({ protocol, hostname }) => protocol + hostname, 'a proof for another port'],
    ['the scheme', ({ host }) => host, 'a proof for https, on a plain connection'],
  ])('find who ignores %s of htu, whatever the path of the route', async (_, ofHtu, name) => {
    for (const path of ['/any', '/mounted/v1/inner']) {
      const report = await apis.attacked({ ofHtu }, { only: ['URL of a proof'] }, path)
      expect(namesOf(report, 'failed')).toContain(`URL of a proof: ${name}`)
    }
  })

  it('warn of who compares htu without normalisation, which is recommended', async () => {
    const intercepts = ({ headers }: IncomingMessage, response: ServerResponse): boolean => {
      const [, payload = ''] = String(headers['dpop'] ?? '').split('.')
      const hasEscape = Buffer.from(payload, 'base64url').includes('%')
      if (hasEscape) response.writeHead(401, { 'WWW-Authenticate': 'DPoP error="invalid_dpop_proof"' }).end()
      return hasEscape
    }
    const report = await apis.attacked({ intercepts }, { only: ['URL of a proof'] })
    expect([report.ok, namesOf(report, 'warned')]).toEqual([
      true,
      ['URL of a proof: htu with escaped unreserved characters'],
    ])
  })

  it('find who takes any nonce', async () => {
    const { results } = await apis.attacked({ intercepts: withAnyNonce }, { only: ['DPoP nonces'] })
    expect(passedAttacks(results)).toEqual([
      'DPoP nonces: nonce required: a proof without a nonce',
      'DPoP nonces: nonce required: a nonce in the header of the proof',
    ])
    expect(results.filter(({ outcome }) => outcome === 'failed').length).toBeGreaterThan(20)
  })

  it('accept what is good', async () => {
    const report = await apis.attacked({ intercepts: credulous }, { scopes: ['read:messages'] })
    const good = attackCases.filter(({ contractCase }) => contractCase.expected.error === undefined).map(nameOf)
    expect(namesOf(report, 'failed').filter((name) => good.includes(name))).toEqual([])
  })

  it('say what a fault means, and what mends it', () => {
    const unknown = attackCases
      .filter(({ contractCase }) => contractCase.expected.error !== undefined)
      .filter(({ clause, contractCase: { name } }) => adviceFor(clause, name, 'accepted').means === 'not known')
    expect(unknown.map(nameOf)).toEqual([])
  })

  it('have names of their own, and are of every area', () => {
    const names = attackCases.map(nameOf)
    expect(new Set(names).size).toBe(names.length)
    expect([...new Set(attackCases.map(({ area }) => area))]).toEqual(attackAreas)
  })

  it('have those that clauses recommend, and whose challenge is looked at, by their names in the contract', () => {
    expect(attackCases.filter(({ level }) => level === 'should')).toHaveLength(17)
    expect(attackCases.filter(({ looksAtChallenge }) => looksAtChallenge)).toHaveLength(5)
    expect(attackCases.filter(({ alsoWithoutDpop }) => alsoWithoutDpop)).toHaveLength(2)
    expect(attackCases.filter(({ wantsTwoTokens }) => wantsTwoTokens)).toHaveLength(1)
  })
})

function nameOf({ area, contractCase }: (typeof attackCases)[number]): string {
  return `${area}: ${contractCase.name}`
}
