import { createProof, createTestKey } from '@acme/auth-testing'
import type { ProofOptions } from '@acme/auth-testing'
import { describe, expect, it } from 'vitest'
import { PROOF_KEYS_ROOM } from '../../src/dpop/proof-key.js'
import type { KnownProofKey } from '../../src/dpop/proof-key.js'
import type { ProofPolicy } from '../../src/dpop/proof.js'
import { verifyProof } from '../../src/dpop/proof.js'
import { trackReservations } from '../../src/dpop/replay/replay.js'
import { memoryReplayStore } from '../../src/dpop/replay/memory-replay-store.js'
import { createLruMap } from '../../src/util/lru.js'
import { createPublicUrl, givenUrl } from '../../src/public-url/public-url.js'
import { NOW, createClock, createWorld, errorOf, request, verdict } from '../support.js'
import { accessTokenHash } from '@acme/auth-testing'

const key = await createTestKey('ES256')
const stranger = await createTestKey('ES256')
const strangerJwk = (({ kty, crv, x, y }) => ({ kty, crv, x, y }))(stranger.publicJwk)
const TOKEN = 'a.b.c'
const URL_TEXT = 'https://api.test/items'
const url = givenUrl(URL_TEXT)
const tokenHash = await accessTokenHash(TOKEN)

function proof(options: Partial<ProofOptions> = {}): Promise<string> {
  return createProof({ key, url: URL_TEXT, accessToken: TOKEN, now: NOW, ...options })
}

/** What proofs are judged with; says which headers were entered, and of which key. */
function judge(
  maxEntries = 10,
  keys = createLruMap<KnownProofKey>(maxEntries),
): {
  readonly entered: string[]
  readonly enteredKeys: string[]
  readonly verify: (text: string, thumbprint?: string) => Promise<string>
  readonly reasonOf: (text: string, thumbprint?: string) => Promise<string>
} {
  const entered: string[] = []
  const enteredKeys: string[] = []
  const { now } = createClock()
  const policy: ProofPolicy = {
    algorithms: ['ES256'],
    proofMaxAge: 300,
    clockTolerance: 30,
    replay: trackReservations(memoryReplayStore({ now })),
    nonces: undefined,
    now,
    signatures: 'auto',
    publicUrl: createPublicUrl([], undefined),
    keys: {
      ...keys,
      set(name, value) {
        enteredKeys.push(name)
        entered.push(value.headerText)
        keys.set(name, value)
      },
    },
  }
  const judged = (text: string, thumbprint: string): ReturnType<typeof verifyProof> =>
    verifyProof(policy, [text], { method: 'GET', url, tokenHash, thumbprint, owner: 'owner' })
  return {
    entered,
    enteredKeys,
    verify: async (text, thumbprint = key.thumbprint) => (await judged(text, thumbprint)).thumbprint,
    reasonOf: async (text, thumbprint = key.thumbprint) => (await errorOf(() => judged(text, thumbprint))).reason,
  }
}

const DEFECTS: readonly (readonly [string, Partial<ProofOptions>, string])[] = [
  ['a changed signature', { signature: 'flipped' }, 'proof_signature'],
  ['a DER signature', { signature: 'der' }, 'proof_signature'],
  ['a signature of zeros', { signature: new Uint8Array(64) }, 'proof_signature'],
  ['no signature', { signature: 'none' }, 'proof_malformed'],
  ['another htm', { method: 'POST' }, 'proof_method'],
  ['htm in lower case', { method: 'get' }, 'proof_method'],
  ['no htm', { claims: { htm: undefined } }, 'proof_method'],
  ['another htu', { url: 'https://api.test/other' }, 'proof_url'],
  ['no htu', { claims: { htu: undefined } }, 'proof_url'],
  ['an old iat', { now: NOW - 331 }, 'proof_time'],
  ['a future iat', { now: NOW + 31 }, 'proof_time'],
  ['no iat', { claims: { iat: undefined } }, 'proof_malformed'],
  ['iat as text', { claims: { iat: String(NOW) } }, 'proof_malformed'],
  ['no jti', { claims: { jti: undefined } }, 'proof_malformed'],
  ['an empty jti', { claims: { jti: '' } }, 'proof_malformed'],
  ['a long jti', { claims: { jti: 'a'.repeat(513) } }, 'proof_malformed'],
  ['no ath', { claims: { ath: undefined } }, 'proof_token'],
  ['the ath of another token', { accessToken: 'd.e.f' }, 'proof_token'],
  ['a payload that is no JSON', { rawPayload: 'x' }, 'proof_malformed'],
  ['a payload that is a list', { rawPayload: '[]' }, 'proof_malformed'],
]

describe('a proof that is refused', () => {
  it.each(DEFECTS)('for %s leaves nothing behind', async (_, options, reason) => {
    const { reasonOf, entered } = judge()
    expect([await reasonOf(await proof(options)), entered]).toEqual([reason, []])
  })

  it.each<readonly [string, Partial<ProofOptions>, string]>([
    ["a stranger's key", { key: stranger }, 'key_mismatch'],
    ['a private key', { header: { jwk: { ...key.publicJwk, d: 'AAAA' } } }, 'proof_key'],
    ['another type', { header: { typ: 'JWT' } }, 'proof_malformed'],
    ['another algorithm', { header: { alg: 'ES384' } }, 'proof_malformed'],
    ['a critical extension', { header: { crit: ['x'] } }, 'proof_malformed'],
  ])('for %s leaves nothing behind, and is refused beside a known key too', async (_, options, reason) => {
    const { verify, reasonOf, entered } = judge()
    expect([await reasonOf(await proof(options)), entered]).toEqual([reason, []])
    await verify(await proof())
    expect([await reasonOf(await proof(options)), entered.length]).toEqual([reason, 1])
  })

  it('as a replay leaves nothing behind', async () => {
    // Room for one: the second key drives out the first, which then comes with a proof that was used.
    const { verify, reasonOf, entered } = judge(1)
    const first = await proof()
    await verify(first)
    await verify(await proof({ key: stranger }), stranger.thumbprint)
    expect([await reasonOf(first), entered.length]).toEqual(['proof_replayed', 2])
  })
})

describe('a known key', () => {
  it('is entered once, by its thumbprint, with the first segment', async () => {
    const { verify, entered, enteredKeys } = judge()
    const first = await proof()
    for (const text of [first, await proof(), await proof()]) expect(await verify(text)).toBe(key.thumbprint)
    expect([enteredKeys, entered]).toEqual([[key.thumbprint], [first.split('.')[0]]])
  })

  it.each(DEFECTS)('saves no check: %s is refused', async (_, options, reason) => {
    const { verify, reasonOf } = judge()
    await verify(await proof())
    expect(await reasonOf(await proof(options))).toBe(reason)
  })

  it('saves no check: a replay is refused', async () => {
    const { verify, reasonOf } = judge()
    const [first, second] = [await proof(), await proof()]
    await verify(first)
    await verify(second)
    expect([await reasonOf(first), await reasonOf(second)]).toEqual(['proof_replayed', 'proof_replayed'])
  })

  it('saves no check: a token that is bound to another key is refused', async () => {
    const { verify, reasonOf } = judge()
    await verify(await proof())
    expect(await reasonOf(await proof(), stranger.thumbprint)).toBe('key_mismatch')
    expect(await reasonOf(await proof({ key: stranger }))).toBe('key_mismatch')
    await verify(await proof({ key: stranger }), stranger.thumbprint)
    expect(await reasonOf(await proof({ key: stranger }))).toBe('key_mismatch')
  })

  it("does not verify a stranger's signature under its header", async () => {
    const { verify, reasonOf } = judge()
    await verify(await proof())
    const rawHeader = Buffer.from((await proof()).split('.')[0] ?? '', 'base64url')
    expect(await reasonOf(await proof({ key: stranger, rawHeader }))).toBe('proof_signature')
    expect(await reasonOf(await proof({ header: { jwk: strangerJwk } }))).toBe('key_mismatch')
    expect(await reasonOf(await proof({ header: { jwk: strangerJwk } }), stranger.thumbprint)).toBe('proof_signature')
  })

  it('does not count for another header of the same key', async () => {
    const { verify, entered } = judge()
    await verify(await proof())
    await verify(await proof({ header: { kid: 'a' } }))
    expect(new Set(entered).size).toBe(2)
  })

  it.each<readonly [string, string, string]>([
    ['typ', 'JWT', 'proof_malformed'],
    ['alg', 'RS256', 'proof_malformed'],
    ['crit', 'x', 'proof_malformed'],
  ])('does not count for a header with another %s', async (name, value, reason) => {
    const { verify, reasonOf, entered } = judge()
    await verify(await proof())
    expect([await reasonOf(await proof({ header: { [name]: value } })), entered.length]).toEqual([reason, 1])
  })

  it('does not count for a longer or shorter segment', async () => {
    const { verify, reasonOf } = judge()
    const [header = '', payload = '', signature = ''] = (await proof()).split('.')
    await verify([header, payload, signature].join('.'))
    for (const changed of [header.slice(0, -1), `${header}A`, `${header}=`, '', `${header}.`]) {
      expect(await reasonOf([changed, payload, signature].join('.'))).toBe('proof_malformed')
    }
  })

  it('has one entry, whatever its headers say: it cannot push out the keys of others', async () => {
    const keys = createLruMap<KnownProofKey>(2)
    const { verify, entered } = judge(2, keys)
    await verify(await proof({ key: stranger }), stranger.thumbprint)
    for (let kid = 0; kid < 20; kid++) await verify(await proof({ header: { kid: String(kid) } }))
    await verify(await proof({ key: stranger }), stranger.thumbprint)
    expect([entered.length, keys.get(stranger.thumbprint) !== undefined]).toEqual([21, true])
  })

  it('is not kept with a header of more than a kilobyte', async () => {
    const { verify, entered } = judge()
    const lengths: number[] = []
    for (const length of [500, 600, 5000]) {
      const text = await proof({ header: { x: 'x'.repeat(length) } })
      lengths.push(text.indexOf('.'))
      await verify(text)
    }
    expect(lengths.map((length) => length <= 1024)).toEqual([true, false, false])
    expect(entered).toHaveLength(1)
  })

  it('is kept with a header of a kilobyte to the character', async () => {
    const { verify, entered } = judge()
    const { length } = Buffer.from((await proof({ header: { x: '' } })).split('.')[0] ?? '', 'base64url')
    const text = await proof({ header: { x: 'x'.repeat(768 - length) } })
    await verify(text)
    expect([text.indexOf('.'), entered.length]).toEqual([1024, 1])
  })

  it('of RSA with 4096 bits is kept', async () => {
    const large = await createTestKey('RS256', { modulusLength: 4096 })
    expect((await proof({ key: large })).indexOf('.')).toBeLessThanOrEqual(1024)
  })

  it('takes no more than a few kilobytes', async () => {
    const keys = createLruMap<KnownProofKey>(2)
    await judge(2, keys).verify(await proof())
    const known = keys.get(key.thumbprint)
    if (known === undefined) throw new Error('nothing was kept')
    expect(Object.keys(known).toSorted()).toEqual(['headerText', 'key', 'thumbprint'])
    const size = PROOF_KEYS_ROOM.sizeOf({ ...known, headerText: 'x'.repeat(1024) })
    // As long as two bytes a character may be, and less than four kilobytes.
    expect([size > 2048, size < 4096]).toEqual([true, true])
  })

  it('makes room for others: no more than so many are known', async () => {
    const keys = createLruMap<KnownProofKey>(1)
    const { verify, enteredKeys } = judge(1, keys)
    const clients = [await createTestKey('ES256'), await createTestKey('ES256'), await createTestKey('ES256')]
    const all = [...clients, ...clients.slice(0, 1)]
    for (const client of all) await verify(await proof({ key: client }), client.thumbprint)
    // The fourth is the first again, and was driven out.
    expect(enteredKeys).toEqual(all.map(({ thumbprint }) => thumbprint))
    expect(clients.map(({ thumbprint }) => keys.get(thumbprint) !== undefined)).toEqual([true, false, true])
  })
})

describe('in a resource server', () => {
  it('the first proof of a key and the next are judged alike, good and bad', async () => {
    const world = await createWorld()
    const token = await world.issuer.accessToken({ jkt: world.key.thumbprint })
    const send = async (options: Partial<ProofOptions>): Promise<string> => {
      const dpop = await world.proof(token, options)
      return verdict(await world.server.authenticate(request({ authorization: `DPoP ${token}`, dpop })))
    }
    const all = DEFECTS.filter(([, { accessToken }]) => accessToken === undefined).map(([, options]) => options)
    const cold: string[] = []
    for (const options of all) cold.push(await send(options))
    expect(await send({})).toBe('accepted')
    const warm: string[] = []
    for (const options of all) warm.push(await send(options))
    expect(warm).toEqual(cold)
    expect(warm).not.toContain('accepted')
  })
})
