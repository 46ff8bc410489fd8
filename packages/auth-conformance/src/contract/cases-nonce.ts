import { asDpopUser, asUser, attack, demandedBy, honest } from './case.js'
import type { ContractCase, ContractConfigurationName } from './contract.js'
import { accepted } from './expectations.js'
import type { Expected } from './expectations.js'
import * as answer from './refusals.js'
import type { ContractClient, ProofDefect } from './client.js'

const HOUR = 3600
const now = (): number => Math.floor(Date.now() / 1000)
const slow = { now: now() - HOUR }
const fast = { now: now() + HOUR }

type Proof = ProofDefect | ((nonce: string, client: ContractClient) => ProofDefect)

function caseOf(
  make: typeof honest,
  configuration: ContractConfigurationName,
): (name: string, expected: Expected, proof?: Proof) => ContractCase {
  const requests = async (client: ContractClient, proof: Proof): ReturnType<ContractClient['dpop']> =>
    client.dpop(typeof proof === 'function' ? proof(await client.nonce(), client) : proof)
  return (name, expected, proof = {}) =>
    make(`${configuration}: ${name}`, expected, (c) => requests(c, proof), { configuration })
}

const honestRequired = caseOf(honest, 'nonce required')
const badRequired = caseOf(attack, 'nonce required')
const honestHeal = caseOf(honest, 'nonce heal')
const badHeal = caseOf(attack, 'nonce heal')

/** A nonce in which one character is another one. */
function flipped(nonce: string, at: number): string {
  const index = at < 0 ? nonce.length + at : at
  return nonce.slice(0, index) + (nonce[index] === '1' ? '2' : '1') + nonce.slice(index + 1)
}

// Of the configuration `nonce heal`, so that Bearer is not in its challenges.
const mode = 'required'

const required: readonly ContractCase[] = [
  ...demandedBy('RFC 9449 §9', [
    honestRequired('a proof with a nonce', asDpopUser, (nonce) => ({ nonce })),
    badRequired('a proof without a nonce', answer.nonceRequired()),
    badRequired('a nonce in the header of the proof', answer.nonceRequired(), (nonce) => ({ header: { nonce } })),
  ]),

  ...demandedBy('RFC 9449 §4.3 (10)', [
    badRequired('an empty nonce', answer.staleNonce(), { nonce: '' }),
    badRequired('a nonce that is null', answer.staleNonce(), { claims: { nonce: null } }),
    badRequired('a nonce that is a number', answer.staleNonce(), { claims: { nonce: now() } }),
    badRequired('a nonce that is an object', answer.staleNonce(), { claims: { nonce: {} } }),
    badRequired('a nonce in a list', answer.staleNonce(), (nonce) => ({ claims: { nonce: [nonce] } })),
    badRequired('a nonce of another server', answer.staleNonce(), { nonce: 'eyJ7S_zG.eyJH0-Z.HX4w-7v' }),
    badRequired('an oversized nonce', answer.staleNonce(), { nonce: 'x'.repeat(4096) }),
    badRequired('a nonce with much behind it', answer.staleNonce(), (nonce) => ({ nonce: nonce + 'x'.repeat(4096) })),
    badRequired('a nonce forged at its beginning', answer.staleNonce(), (nonce) => ({ nonce: flipped(nonce, 0) })),
    badRequired('a nonce forged within its time', answer.staleNonce(), (nonce) => ({ nonce: flipped(nonce, 6) })),
    badRequired('a nonce forged in the middle', answer.staleNonce(), (nonce) => ({ nonce: flipped(nonce, 26) })),
    badRequired('a nonce forged at its end', answer.staleNonce(), (nonce) => ({ nonce: flipped(nonce, -1) })),
    badRequired('a nonce cut short', answer.staleNonce(), (nonce) => ({ nonce: nonce.slice(0, -1) })),
    badRequired('a nonce in upper case', answer.staleNonce(), (nonce) => ({ nonce: nonce.toUpperCase() })),
    badRequired('a nonce with padding', answer.staleNonce(), (nonce) => ({ nonce: `${nonce}=` })),
    badRequired('a nonce with a space', answer.staleNonce(), (nonce) => ({ nonce: `${nonce} ` })),
    badRequired('a nonce twice', answer.staleNonce(), (nonce) => ({ nonce: `${nonce},${nonce}` })),
    badRequired('a nonce with a header line behind it', answer.staleNonce(), (nonce) => ({
      nonce: `${nonce}\r\nSet-Cookie: a=b`,
    })),
    badRequired('a nonce with a quote', answer.staleNonce(), { nonce: '", error="' }),
  ]),

  ...demandedBy('RFC 9449 §4.3 (3)', [
    badRequired('iat is missing', answer.malformedProof(), (nonce) => ({ nonce, claims: { iat: undefined } })),
    badRequired('jti is missing', answer.malformedProof(), (nonce) => ({ nonce, claims: { jti: undefined } })),
  ]),

  ...demandedBy('RFC 9449 §4.3 (6)', [
    badRequired('a flipped signature', answer.proofSignature(), (nonce) => ({ nonce, signature: 'flipped' })),
  ]),

  // What RFCs leave open.
  honestRequired('a clock an hour slow', asDpopUser, (nonce) => ({ nonce, ...slow })),
  honestRequired('a clock an hour fast', asDpopUser, (nonce) => ({ nonce, ...fast })),
  honest('nonce required: two proofs with one nonce', asDpopUser, twoProofs, { configuration: 'nonce required' }),
  honest(
    'nonce required: two guards',
    accepted({ sub: 'user-1', scheme: 'DPoP', scopes: ['read:messages'] }),
    guarded,
    {
      configuration: 'nonce required',
    },
  ),
  honest('nonce required: Bearer needs none', asUser, (c) => c.bearer(), { configuration: 'nonce required' }),
  badRequired('a proof without a nonce, an hour old', answer.nonceRequired(), slow),
  badRequired('a proof without a nonce, from the future', answer.nonceRequired(), fast),
  badRequired('a nonce in a proof above 8 KiB', answer.malformedProof(), (nonce) => ({
    nonce: nonce + 'x'.repeat(8 * 1024),
  })),
  badRequired('a flipped signature, no nonce', answer.proofSignature(), { signature: 'flipped' }),
  badRequired('for another method, no nonce', answer.proofMethod(), { method: 'POST', claims: { htm: 'PUT' } }),
  badRequired('for another URL, no nonce', answer.proofUrl(), { claims: { htu: 'https://api.test/' } }),
  badRequired('for another token, no nonce', answer.proofToken(), { accessToken: 'another' }),
  badRequired("a proof of somebody else's key, no nonce", answer.keyMismatch({ scheme: 'DPoP' }), (_, c) => ({
    key: c.fixture.otherKey,
  })),
  badRequired('a token that is expired', answer.expiredToken({ scheme: 'DPoP' }), { token: { expiresIn: -60 } }),
  badRequired('a fresh nonce, and exp is over', answer.proofTime(), (nonce) => ({
    nonce,
    claims: { exp: now() - 60 },
  })),
  badRequired('a fresh nonce, and nbf is to come', answer.proofTime(), (nonce) => ({
    nonce,
    claims: { nbf: now() + 60 },
  })),
  attack(
    'nonce required: no proof',
    answer.missingProof(),
    async (c) => c.authorization(`DPoP ${await c.boundToken()}`),
    {
      configuration: 'nonce required',
    },
  ),
  attack('nonce required: a replayed proof', answer.replayedProof(), replayed, { configuration: 'nonce required' }),
]

const heal: readonly ContractCase[] = [
  honestHeal('a right clock needs no nonce', asDpopUser),
  honestHeal('a right clock with a nonce', asDpopUser, (nonce) => ({ nonce })),
  honestHeal('a clock an hour slow, the second time', asDpopUser, (nonce) => ({ nonce, ...slow })),
  honestHeal('a clock an hour fast, the second time', asDpopUser, (nonce) => ({ nonce, ...fast })),
  honestHeal('an endless iat, the second time', asDpopUser, (nonce) => ({ nonce, claims: { iat: 1e300 } })),
  badHeal('a clock an hour slow, the first time', answer.nonceRequired({ mode }), slow),
  badHeal('a clock an hour fast, the first time', answer.nonceRequired({ mode }), fast),
  badHeal('an hour slow, a forged nonce', answer.staleNonce({ mode }), (nonce) => ({
    nonce: flipped(nonce, -2),
    ...slow,
  })),
  badHeal('a right clock, a forged nonce', answer.staleNonce({ mode }), (nonce) => ({ nonce: flipped(nonce, -2) })),
  badHeal('a right clock, an empty nonce', answer.staleNonce({ mode }), { nonce: '' }),
  badHeal('a right clock, a nonce that is null', answer.staleNonce({ mode }), { claims: { nonce: null } }),
  badHeal('a right clock, an oversized nonce', answer.staleNonce({ mode }), { nonce: 'x'.repeat(4096) }),
  badHeal('an hour slow, iat as text', answer.malformedProof({ mode }), { claims: { iat: String(now() - HOUR) } }),
  badHeal('an hour slow, for another URL', answer.proofUrl({ mode }), {
    ...slow,
    claims: { htu: 'https://api.test/' },
  }),
  badHeal('an hour slow, for another token', answer.proofToken({ mode }), { ...slow, accessToken: 'another' }),
  badHeal('an hour slow, a flipped signature', answer.proofSignature({ mode }), { ...slow, signature: 'flipped' }),
  attack('nonce heal: a replayed proof of a wrong clock', answer.replayedProof({ mode }), replayed, {
    configuration: 'nonce heal',
  }),
]

async function twoProofs(client: ContractClient): Promise<Awaited<ReturnType<ContractClient['dpop']>>[]> {
  const nonce = await client.nonce()
  return [await client.dpop({ nonce }), await client.dpop({ nonce })]
}

async function replayed(client: ContractClient): Promise<Awaited<ReturnType<ContractClient['dpop']>>[]> {
  const request = await client.dpop({ nonce: await client.nonce(), ...slow })
  return [request, request]
}

async function guarded(client: ContractClient): ReturnType<ContractClient['dpop']> {
  return client.dpop({ nonce: await client.nonce(), token: { scope: 'read:messages' } }, '/app/read')
}

/** Nonces that the server hands out: RFC 9449 §8 and §9. How they are made is its own business. */
export const nonceCases: readonly ContractCase[] = [...required, ...heal]
