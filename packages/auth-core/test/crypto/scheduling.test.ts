import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { verifySignature, importKey } from '../../src/crypto/node.js'
import { bearer, createWorld, verdict } from '../support.js'
import { ALGORITHMS, createSigner, signatureOf, signedText, withSignature } from './implementations.js'

const SCHEDULINGS = ['auto', 'synchronous', 'thread-pool'] as const

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

// What verification spent in earlier turns must not count.
beforeEach(async () => {
  await nextTurn()
  await nextTurn()
})
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

  const laterKinds: Promise<string>[] = []

  function kinds(count: number, scheduling?: (typeof SCHEDULINGS)[number]): string {
    laterKinds.length = 0
    return Array.from({ length: count }, () => kindOf(scheduling)).join(' ')
  }

  function kindOf(scheduling: (typeof SCHEDULINGS)[number] | undefined): string {
    const valid = verifySignature(signed, key, scheduling)
    if (typeof valid === 'boolean') return 'now'
    laterKinds.push(valid.then(String))
    return 'later'
  }

  /** How many went to the pool, of those that did not verify at once. */
  async function pooled(): Promise<number> {
    const copies = vi.spyOn(Buffer, 'from')
    await nextTurn()
    await Promise.resolve()
    // The signed text, the signature, and that as DER.
    const count = copies.mock.calls.length / 3
    expect(new Set(await Promise.all(laterKinds))).toEqual(new Set(laterKinds.length === 0 ? [] : ['true']))
    return count
  }

  it('synchronous holds the loop for however long', () => {
    verificationTakes(60)
    expect(kinds(4, 'synchronous')).toBe('now now now now')
  })

  it('thread-pool never does', async () => {
    verificationTakes(0)
    expect(kinds(4, 'thread-pool')).toBe('later later later later')
    expect(await Promise.all(laterKinds)).toEqual(['true', 'true', 'true', 'true'])
  })

  it.each([
    [1, 'now now now now now now now now now now later later', 0],
    [4, 'now now now later later later later later later later later later', 6],
    [6, 'now now later later later later later later later later later later', 8],
    [11, 'now later later later later later later later later later later later', 10],
  ])(
    'auto: %d ms each, up to 10 now, up to 10 in the next turn, the others in the pool',
    async (each, expected, rest) => {
      verificationTakes(each)
      expect(kinds(12)).toBe(expected)
      expect(await pooled()).toBe(rest)
    },
  )

  it('auto begins anew in the next turn', async () => {
    verificationTakes(6)
    expect(kinds(2)).toBe('now now')
    await nextTurn()
    expect(kinds(3)).toBe('now now later')
    expect(await pooled()).toBe(0)
  })

  it('auto does not begin anew within a turn: promises are no new turn', async () => {
    verificationTakes(6)
    expect(kinds(2)).toBe('now now')
    for (let i = 0; i < 20; i++) await Promise.resolve()
    expect(kinds(1)).toBe('later')
    expect(await pooled()).toBe(0)
  })

  it('auto does not mind what takes no time', () => {
    verificationTakes(0)
    expect(kinds(100)).not.toContain('later')
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
