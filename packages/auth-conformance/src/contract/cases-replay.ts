import { addressed } from './addressed.js'
import { asDpopUser, attack, demandedBy, honest } from './case.js'
import type { ContractCase } from './contract.js'
import { proofUrl, replayedProof } from './refusals.js'
import type { ContractClient } from './client.js'

/** The same jti again, for a URL that is the same after normalisation (RFC 3986 §6.2). */
function respelt(name: string, spell: (c: ContractClient) => string): ContractCase {
  return attack(`a used jti, and htu ${name}`, replayedProof(), async (c) => {
    const claims = { jti: crypto.randomUUID() }
    return [await c.dpop({ claims }), await c.dpop({ claims, url: spell(c) })]
  })
}

/** The same proof again, in another spelling of the request. */
function resent(name: string, host: string, target = '/any'): ContractCase {
  return attack(`a replayed proof, ${name}`, replayedProof(), async (c) => {
    const request = await addressed(c, 'http://api.example.com/any', [['Host', 'api.example.com']])
    const others = request.headers.filter(([header]) => header !== 'Host')
    return [request, { ...request, target, headers: [['Host', host], ...others] }]
  })
}

/** Proofs that were used before: RFC 9449 §11.1. */
export const replayCases: readonly ContractCase[] = [
  ...demandedBy('RFC 9449 §4.3 (9)', [
    attack('a replayed proof, under another path', proofUrl(), async (c) => {
      const request = await c.dpop()
      return [request, { ...request, target: '/read' }]
    }),
  ]),

  // What RFCs leave open.
  attack('a replayed proof', replayedProof(), async (c) => {
    const request = await c.dpop()
    return [request, request]
  }),
  attack('a used jti in a new proof', replayedProof(), async (c) => {
    const claims = { jti: crypto.randomUUID() }
    return [await c.dpop({ claims }), await c.dpop({ claims })]
  }),
  attack('a used jti under another spelling of the URL', replayedProof(), async (c) => {
    const claims = { jti: crypto.randomUUID() }
    return [
      await c.dpop({ claims }),
      await c.dpop({ claims, url: c.url('/any').replace('http:', 'HTTP:').replace('/any', '/%61ny?x#y') }),
    ]
  }),
  respelt('with another query', (c) => `${c.url('/any')}?again`),
  respelt('with a fragment', (c) => `${c.url('/any')}#again`),
  respelt('with the scheme in upper case', (c) => c.url('/any').replace(/^http/, 'HTTP')),
  respelt('with dot segments', (c) => c.url('/x/.././any')),
  respelt('with escaped dot segments', (c) => c.url('/x/%2e%2E/any')),
  respelt('with an escaped letter', (c) => c.url('/an%79')),
  resent('with another query', 'api.example.com', '/any?again'),
  resent('with Host in upper case', 'API.EXAMPLE.COM'),
  resent('with the default port in Host', 'api.example.com:80'),
  resent('with an empty port in Host', 'api.example.com:'),
  honest('one jti at two URLs', asDpopUser, async (c) => {
    const claims = { jti: crypto.randomUUID() }
    return [await c.dpop({ claims }), await c.dpop({ claims }, '/dpop-only')]
  }),
]
