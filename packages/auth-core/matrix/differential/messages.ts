import { createProof, createTestIssuer } from '@acme/auth-testing'
import type { AccessTokenOptions, ProofOptions } from '@acme/auth-testing'
import * as fc from 'fast-check'
import { AUDIENCE, NOW } from '../../test/support.js'
import type { RequestParts } from '../../test/support.js'
import { highSTwin } from '../../test/twins.js'
import { CLIENT, ISSUER, KEYS, STRANGER } from './keys.js'

/** A request's credentials. */
export type Sent = Pick<RequestParts, 'authorization' | 'dpop'>

const LONG = { expiresIn: 100_000, scope: 'a' }
const BOUND = { ...LONG, jkt: CLIENT.thumbprint }

const TOKENS: Readonly<Record<string, AccessTokenOptions>> = {
  long: LONG,
  short: { expiresIn: 40 },
  middle: { expiresIn: 250, scope: 'a b' },
  expired: { expiresIn: -60 },
  later: { ...LONG, claims: { nbf: NOW + 50 } },
  future: { ...LONG, claims: { iat: NOW + 120 } },
  'without kid': { ...LONG, header: { kid: undefined } },
  'with an unknown kid': { ...LONG, header: { kid: 'unknown' } },
  legacy: { ...LONG, header: { typ: 'JWT' }, claims: { client_id: undefined, azp: 'z' } },
  'for another': { ...LONG, claims: { aud: 'https://other.test/' } },
  'of another': { ...LONG, claims: { iss: 'https://evil.test/' } },
  flipped: { ...LONG, signature: 'flipped' },
  unsigned: { ...LONG, signature: 'none' },
  der: { ...LONG, signature: 'der' },
  bound: BOUND,
  'bound for short': { ...BOUND, expiresIn: 150 },
  "a stranger's": { ...LONG, jkt: STRANGER.thumbprint },
  certificate: { ...LONG, claims: { cnf: { 'x5t#S256': CLIENT.thumbprint } } },
}

const PROOFS: Readonly<Record<string, Partial<ProofOptions>>> = {
  good: {},
  'in another order': { header: { kid: 'a' } },
  'for POST': { method: 'POST' },
  'for another URL': { url: 'https://api.test/other' },
  'spelt otherwise': { url: 'HTTPS://API.test:443/%69tems?a' },
  'for no token': { claims: { ath: undefined } },
  'without jti': { claims: { jti: '' } },
  "by a stranger's key": { key: STRANGER },
  'with a stranger in its header': { header: { jwk: publicMembers(STRANGER.publicJwk) } },
  flipped: { signature: 'flipped' },
  'of another type': { header: { typ: 'JWT' } },
}
// Seconds after the start: proofs are good for minutes, and runs last for hours.
const PROOF_TIMES = [-400, 0, 100, 350, 700]

interface Token {
  readonly text: string
  readonly bound: boolean
  readonly proofs: readonly string[]
}

async function proofsFor(accessToken: string): Promise<readonly string[]> {
  const proofs: string[] = []
  for (const [name, options] of Object.entries(PROOFS)) {
    for (const seconds of PROOF_TIMES) {
      const claims = { jti: `${seconds}`, ...options.claims }
      const base = { key: CLIENT, url: 'https://api.test/items', accessToken, now: NOW + seconds }
      const proof = await createProof({ ...base, ...options, claims })
      proofs.push(proof)
      if (name === 'good')
        proofs.push(...Array<string>(seconds === 0 ? 30 : 4).fill(proof), highSTwin(proof), `${proof}A`)
    }
  }
  return proofs
}

async function createTokens(): Promise<readonly Token[]> {
  const issuer = await createTestIssuer({ issuer: ISSUER, audience: AUDIENCE, algorithm: 'ES256', now: () => NOW })
  const tokens: Token[] = []
  for (const [index, key] of KEYS.entries()) {
    for (const [name, options] of Object.entries(TOKENS)) {
      const claims = { jti: `${name} ${index}`, ...options.claims }
      const text = await issuer.accessToken({ ...options, key, claims })
      const bound = name.includes('bound')
      const token = { text, bound, proofs: bound ? await proofsFor(text) : [] }
      tokens.push(token)
      // What is remembered must be sent more than once.
      if (bound || name === 'long') tokens.push(...Array<Token>(6).fill(token), { ...token, text: highSTwin(text) })
      if (name === 'long') tokens.push({ ...token, text: `${text.slice(0, -2)}AA` })
    }
  }
  return tokens
}

function publicMembers({ kty, crv, x, y }: (typeof STRANGER)['publicJwk']): object {
  return { kty, crv, x, y }
}

function requestWith(token: Token): fc.Arbitrary<Sent> {
  const { text, bound, proofs } = token
  const asBearer = fc.constant<Sent>({ authorization: `Bearer ${text}` })
  if (!bound) {
    return fc.oneof({ weight: 9, arbitrary: asBearer }, fc.constant({ authorization: `DPoP ${text}` }))
  }
  const asDpop = fc.constantFrom(...proofs).map((dpop) => ({ authorization: `DPoP ${text}`, dpop }))
  return fc.oneof(
    { weight: 20, arbitrary: asDpop },
    asBearer,
    fc.constant({ authorization: `DPoP ${text}` }),
    fc.constantFrom(...proofs).map((dpop) => ({ authorization: `Bearer ${text}`, dpop })),
    fc
      .tuple(fc.constantFrom(...proofs), fc.constantFrom(...proofs))
      .map((dpop) => ({ authorization: `DPoP ${text}`, dpop })),
  )
}

const tokens = await createTokens()

/** Proofs that fit a token that is bound to the client's key, good and bad; and those that fit another one. */
export const [someToken, otherToken]: readonly Token[] = tokens
  .filter(({ bound }) => bound)
  .filter((_, at) => at % 8 === 0)
export const someRequest: fc.Arbitrary<Sent> = fc.constantFrom(...tokens).chain(requestWith)
