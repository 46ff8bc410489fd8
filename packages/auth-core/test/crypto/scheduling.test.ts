import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { verifySignature, importKey } from '../../src/crypto/node.js'
import { bearer, createWorld, verdict } from '../support.js'
import { ALGORITHMS, createSigner, signatureOf, signedText, withSignature } from './implementations.js'

const SCHEDULINGS = ['auto', 'synchronous', 'thread-pool'] as const

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

// What verification spent in earlier turns must not count.
beforeEach(nextTurn)
afterEach(() => vi.restoreAllMocks())

describe.each(ALGORITHMS)('%s', async (algorithm) => {
  const signer = await createSigner(algorithm)
  const key = await importKey(signer.jwk, algorithm)
  const text = await signer.sign()
  const valid = signatureOf(text)

  it.each(SCHEDULINGS)('%s: a good signature verifies, others do not', async (scheduling) => {
    const answers = await Promise.all(
      [
        valid,
        valid.map((byte, at) => (at === 9 ? byte ^ 4 : byte)),
        new Uint8Array(valid.length),
        new Uint8Array(valid.length).fill(255),
        valid.subarray(1),
        Uint8Array.from([...valid, 0]),
        new Uint8Array(1),
      ].map(async (signature) => verifySignature(signedText(withSignature(text, signature)), key, scheduling)),
    )
    expect(answers).toEqual([true, false, false, false, false, false, false])
  })
})

describe('signatures', async () => {
  const signer = await createSigner('ES256')
  const key = await importKey(signer.jwk, 'ES256')
  const signed = signedText(await signer.sign())

  /** Has each look at the clock find it so many milliseconds later. */
  function verificationTakes(milliseconds: number): void {
    let time = 0
    vi.spyOn(performance, 'now').mockImplementation(() => (time += milliseconds))
  }

  const kinds = (count: number, scheduling?: (typeof SCHEDULINGS)[number]): string =>
    Array.from({ length: count }, () =>
      typeof verifySignature(signed, key, scheduling) === 'boolean' ? 'now' : 'pool',
    ).join(' ')

  it('synchronous holds the loop for however long', () => {
    verificationTakes(60)
    expect(kinds(4, 'synchronous')).toBe('now now now now')
  })

  it('thread-pool never does', () => {
    verificationTakes(0)
    expect(kinds(4, 'thread-pool')).toBe('pool pool pool pool')
  })

  it.each([
    [1, 'now now now now now now now now now now pool pool'],
    [4, 'now now now pool pool pool pool pool pool pool pool pool'],
    [6, 'now now pool pool pool pool pool pool pool pool pool pool'],
    [11, 'now pool pool pool pool pool pool pool pool pool pool pool'],
  ])('auto holds it until %d ms each have come to 10, and goes to the pool', (milliseconds, expected) => {
    verificationTakes(milliseconds)
    expect(kinds(12)).toBe(expected)
    expect(kinds(1, 'auto')).toBe('pool')
  })

  it('auto begins anew in the next turn, and again in the one after', async () => {
    verificationTakes(6)
    const turns: string[] = []
    for (let turn = 0; turn < 3; turn++) {
      turns.push(kinds(3))
      await nextTurn()
    }
    expect(turns).toEqual(Array<string>(3).fill('now now pool'))
  })

  it('auto does not begin anew within a turn: promises are no new turn', async () => {
    verificationTakes(6)
    expect(kinds(3)).toBe('now now pool')
    for (let i = 0; i < 20; i++) await Promise.resolve()
    expect(kinds(1)).toBe('pool')
  })

  it('auto does not mind what takes no time', () => {
    verificationTakes(0)
    expect(kinds(100)).not.toContain('pool')
  })
})

describe('the option signatures', () => {
  it.each(SCHEDULINGS)('%s: a burst of good and bad tokens is decided alike', async (signatures) => {
    const world = await createWorld({ signatures, tokenCache: false })
    const good = await world.issuer.accessToken()
    const bad = await world.issuer.accessToken({ signature: 'flipped' })
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, index) => world.server.authenticate(bearer(index % 2 === 0 ? good : bad))),
    )
    expect(outcomes.map(verdict)).toEqual(
      outcomes.map((_, index) => (index % 2 === 0 ? 'accepted' : '401 token_invalid')),
    )
  })

  it.each(SCHEDULINGS)('%s: proofs are decided alike', async (signatures) => {
    const world = await createWorld({ signatures })
    const outcomes = []
    for (const signature of ['valid', 'flipped', 'der', 'valid'] as const)
      outcomes.push(verdict(await world.server.authenticate(await world.dpopRequest({ signature }))))
    expect(outcomes).toEqual(['accepted', '400 proof_signature', '400 proof_signature', 'accepted'])
  })
})
