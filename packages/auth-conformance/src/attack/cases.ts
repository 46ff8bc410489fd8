import { attack } from '../contract/case.js'
import { casesByArea } from '../contract/cases.js'
import type { ContractCase } from '../contract/contract.js'
import type { Clause } from '../contract/level.js'
import { invalidToken, missingProof, noCredentials, proofTime } from '../contract/refusals.js'

/** A case of an attack. */
export interface AttackCase {
  readonly area: string
  readonly clause: Clause
  /** RFC 2119: what breaks a `must` is a fault, what breaks a `should` a warning. */
  readonly level: 'must' | 'should'
  /** Whether the challenge is looked at, and not only whether the request is refused. */
  readonly looksAtChallenge: boolean
  /** Whether it runs where DPoP is not taken, too: as a `should` there. */
  readonly alsoWithoutDpop: boolean
  /** Whether it is about two tokens of one client. */
  readonly wantsTwoTokens: boolean
  readonly contractCase: ContractCase
}

// What is sent to other routes, by other hosts, or needs an API of certain settings is the contract's alone.
const AREAS = [
  'credentials',
  'access tokens',
  'kinds of tokens',
  'requirements',
  'DPoP proofs',
  'DPoP nonces',
  'replayed proofs',
  'URL of a proof',
]

/** Rules of this kit that a clause recommends. What it demands of clients alone, a server that lets it pass invites. */
const RECOMMENDED: Readonly<Record<string, Clause>> = {
  'two Authorization lines': 'RFC 9110 §5.3',
  'a good token behind an unknown scheme': 'RFC 9110 §5.3',
  'a good token in front of a DPoP one': 'RFC 9110 §5.3',
  'a token in the query': 'RFC 9700 §4.3.2',
  'a token without a scheme': 'RFC 6750 §2.1',
  'Bearer with two tokens': 'RFC 6750 §2.1',
  'Bearer with two tokens and a comma': 'RFC 6750 §2.1',
  'two credentials in one line': 'RFC 9110 §11.6.2',
  'a replayed proof': 'RFC 9449 §11.1',
  'a used jti in a new proof': 'RFC 9449 §11.1',
}

/** Those whose challenge is looked at: one of each kind, so that each fault is named once. */
const CHALLENGES = new Set([
  'no credentials',
  'a flipped signature',
  'no scope at all',
  'proof: for another method',
  'nonce required: a proof without a nonce',
])

// RFC 9110 §9.2.1: nobody asked for a method that may change something. And the route of another path is not known.
const LEFT_OUT = new Set([
  'a POST',
  'a POST without credentials',
  'a proof that was refused is not spent',
  'a replayed proof, under another path',
])

const DAY = 24 * 3600
const now = (): number => Math.floor(Date.now() / 1000)

/** What the contract does not have, since its servers are known. */
const OWN: readonly AttackCase[] = [
  own(
    'credentials',
    'RFC 6750 §2.1',
    'should',
    attack('a good token under a scheme that nobody knows', noCredentials(), async (c) =>
      c.authorization(`AcmeAttack ${await c.issuer.accessToken()}`),
    ),
  ),
  own(
    'credentials',
    'RFC 6750 §2',
    'must',
    attack('a forged token in the header, and a good one in the query', invalidToken(), async (c) =>
      c.request(`/any?access_token=${await c.issuer.accessToken()}`, [
        ['Authorization', `Bearer ${await c.issuer.accessToken({ signature: 'flipped' })}`],
      ]),
    ),
  ),
  own(
    'credentials',
    'RFC 6750 §2.2',
    'must',
    attack('a token in the body of a GET request', noCredentials(), async (c) => {
      const body = `access_token=${await c.issuer.accessToken()}`
      const type = ['Content-Type', 'application/x-www-form-urlencoded'] as const
      return { ...c.request('/any', [type, ['Content-Length', String(body.length)]], 'GET'), body }
    }),
  ),
  own(
    'access tokens',
    'RFC 7519 §4.1.4',
    'must',
    attack('a token that expired yesterday', invalidToken(), (c) => c.bearer({ expiresIn: -DAY })),
  ),
  own(
    'DPoP proofs',
    'RFC 9449 §4.3 (11)',
    'must',
    attack('proof: made yesterday', proofTime(), (c) => c.dpop({ now: now() - DAY })),
  ),
  own(
    'DPoP proofs',
    'RFC 9449 §4.3 (11)',
    'must',
    attack('proof: made tomorrow', proofTime(), (c) => c.dpop({ now: now() + DAY })),
  ),
  own(
    'access tokens',
    'RFC 8705 §3',
    'should',
    attack('a certificate-bound token, without its certificate', invalidToken(), (c) =>
      c.bearer({ claims: { cnf: { 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' } } }),
    ),
  ),
  {
    ...own(
      'credentials',
      'RFC 9449 §7.1',
      'must',
      attack('a good token as DPoP, without a proof', missingProof(), async (c) =>
        c.authorization(`DPoP ${await c.issuer.accessToken()}`),
      ),
    ),
    alsoWithoutDpop: true,
  },
]

function own(area: string, clause: Clause, level: AttackCase['level'], contractCase: ContractCase): AttackCase {
  return { area, clause, level, looksAtChallenge: false, alsoWithoutDpop: false, wantsTwoTokens: false, contractCase }
}

/** All that an attack sends, by area. */
export const attackCases: readonly AttackCase[] = AREAS.flatMap((area) => [
  ...(casesByArea[area] ?? []).flatMap((contractCase) => ofContract(area, contractCase)),
  ...OWN.filter((one) => one.area === area),
])

function ofContract(area: string, contractCase: ContractCase): readonly AttackCase[] {
  const { name, configuration, clause = RECOMMENDED[name] } = contractCase
  if (clause === undefined || LEFT_OUT.has(name)) return []
  if (configuration !== 'allowed' && configuration !== 'nonce required') return []
  return [
    {
      area,
      clause,
      // RFC 9449 §4.3: servers SHOULD normalise by RFC 3986 what they compare with htu.
      level: contractCase.clause === undefined || clause.startsWith('RFC 3986') ? 'should' : 'must',
      looksAtChallenge: CHALLENGES.has(name),
      alsoWithoutDpop: name === 'a bound token as Bearer',
      wantsTwoTokens: name === 'a stolen proof with another token of the same client',
      contractCase,
    },
  ]
}

/** The areas, in the order in which they are attacked. */
export const attackAreas: readonly string[] = AREAS
