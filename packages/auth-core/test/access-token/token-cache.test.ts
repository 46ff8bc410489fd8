import { describe, expect, it } from 'vitest'
import type { VerifiedAccessToken } from '../../src/access-token/verified-access-token.js'
import type { IssuerOptions } from '../../src/issuer/issuer-options.js'
import { bearer, createWorld, errorOf, request, verdict } from '../support.js'
import type { World } from '../support.js'
import { highSTwin } from '../twins.js'

type Verify = (token: string) => Promise<VerifiedAccessToken>

/** Verifies with the world's server. What is remembered comes back as the very object that it was. */
function verifier({ server }: Pick<World, 'server'>): Verify {
  return (token) => server.verifyAccessToken(token)
}

/** A token is remembered when it comes for the second time. */
async function remember(verify: Verify, token: string): Promise<VerifiedAccessToken> {
  await verify(token)
  return verify(token)
}

async function reasonOf(verify: Verify, token: string): Promise<string> {
  return (await errorOf(() => verify(token))).reason
}

describe('a verified token', () => {
  it('is remembered when it comes again', async () => {
    const world = await createWorld()
    const token = await world.issuer.accessToken()
    const verify = verifier(world)
    const [first, second] = [await verify(token), await verify(token)]
    expect(second).toEqual(first)
    expect(second).not.toBe(first)
    expect([await verify(token), await verify(token)]).toEqual([second, second])
    expect(await verify(token)).toBe(second)
  })

  it('stays remembered in a crowd of tokens that come once', async () => {
    const world = await createWorld({ tokenCache: 2 })
    const verify = verifier(world)
    const token = await world.issuer.accessToken()
    const second = await remember(verify, token)
    for (let other = 0; other < 20; other++) await verify(await world.issuer.accessToken())
    expect(await verify(token)).toBe(second)
  })

  it('is not remembered when twice as many others came between its first and its second time', async () => {
    const world = await createWorld({ tokenCache: 2 })
    const verify = verifier(world)
    const token = await world.issuer.accessToken()
    await verify(token)
    for (let other = 0; other < 4; other++) await verify(await world.issuer.accessToken())
    expect(await verify(token)).not.toBe(await verify(token))
  })

  it('is with nearly all others, when as many as there is room for come in turn', async () => {
    const world = await createWorld({ tokenCache: 300 })
    const verify = verifier(world)
    const tokens = await Promise.all(Array.from({ length: 300 }, () => world.issuer.accessToken()))
    const round = async (): Promise<VerifiedAccessToken[]> => {
      const verified: VerifiedAccessToken[] = []
      for (const token of tokens) verified.push(await verify(token))
      return verified
    }
    await round()
    const [second, third] = [await round(), await round()]
    expect(third.filter((token, at) => token === second[at]).length).toBeGreaterThan(280)
  })

  it('is not with tokenCache false', async () => {
    const world = await createWorld({ tokenCache: false })
    const token = await world.issuer.accessToken()
    const verify = verifier(world)
    const [first, second, third] = [await verify(token), await verify(token), await verify(token)]
    expect([second, third]).toEqual([first, first])
    expect(new Set([first, second, third]).size).toBe(3)
  })

  it('is not by another resource server', async () => {
    const world = await createWorld()
    const token = await world.issuer.accessToken()
    const first = await remember(verifier(world), token)
    expect(await remember(verifier({ server: world.serve() }), token)).not.toBe(first)
  })

  it('is forgotten for others: at most twice tokenCache are remembered, the last used', async () => {
    const world = await createWorld({ tokenCache: 1 })
    const verify = verifier(world)
    const [a, b, c] = [
      await world.issuer.accessToken(),
      await world.issuer.accessToken(),
      await world.issuer.accessToken(),
    ]
    const [first, second] = [await remember(verify, a), await remember(verify, b)]
    expect([await verify(a), await verify(b), await verify(a)]).toEqual([first, second, first])
    const third = await remember(verify, c)
    expect(await verify(a)).toBe(first)
    expect(await verify(c)).toBe(third)
    expect(await verify(b)).not.toBe(second)
  })

  it.each([
    ['all of four small ones', 10, true],
    ['not all of four large ones', 7000, false],
  ])('is forgotten for their size: %s are remembered', async (_, length, all) => {
    const world = await createWorld({ tokenCache: 2 })
    const verify = verifier(world)
    const remembered: [token: string, verified: VerifiedAccessToken][] = []
    for (let other = 0; other < 4; other++) {
      const token = await world.issuer.accessToken({ claims: { pad: 'p'.repeat(length) } })
      remembered.push([token, await remember(verify, token)])
    }
    const [[first, verified] = ['', undefined]] = remembered
    expect((await verify(first)) === verified).toBe(all)
  })
})

describe('a token that was refused is not remembered', () => {
  it('for its time: it is verified when that has come', async () => {
    const world = await createWorld()
    const verify = verifier(world)
    const token = await world.issuer.accessToken({ claims: { nbf: world.clock.now() + 100 } })
    expect(await reasonOf(verify, token)).toBe('token_invalid')
    expect(await reasonOf(verify, token)).toBe('token_invalid')
    world.clock.advance(100)
    expect(await remember(verify, token)).toBe(await verify(token))
  })

  it('for its key: it is refused again, and accepted when the key is published', async () => {
    const world = await createWorld()
    const verify = verifier(world)
    const first = world.issuer.signingKey
    await world.issuer.rotateKey({ keepPrevious: false })
    const token = await world.issuer.accessToken({ key: first })
    // Keys that were fetched for this very request, and then as often as an unknown kid may have them fetched.
    for (let time = 0; time < 4; time++) expect(await reasonOf(verify, token)).toBe('token_invalid')
    world.issuer.addKey(first)
    expect(await reasonOf(verify, token)).toBe('token_invalid')
    world.clock.advance(31)
    expect(await remember(verify, token)).toBe(await verify(token))
  })

  it.each([
    ['a changed signature', { signature: 'flipped' }],
    ['no signature', { signature: 'none' }],
    ['a DER signature', { signature: 'der' }],
    ['another audience', { claims: { aud: 'urn:other' } }],
    ['another issuer', { claims: { iss: 'https://evil.test/' } }],
    ['another type', { header: { typ: 'dpop+jwt' } }],
    ['another algorithm', { header: { alg: 'none' } }],
    ['an unknown key', { header: { kid: 'unknown' } }],
    ['being too old', { expiresIn: -60 }],
    ['being of the future', { claims: { iat: 2_000_000_000 } }],
    ['a bad claim', { claims: { sub: 1 } }],
  ] as const)('for %s: always refused, even after a good one of the same header', async (_, options) => {
    const world = await createWorld()
    const verify = verifier(world)
    const bad = await world.issuer.accessToken(options)
    const before = await reasonOf(verify, bad)
    await remember(verify, await world.issuer.accessToken())
    expect([await reasonOf(verify, bad), await reasonOf(verify, bad)]).toEqual([before, before])
  })
})

describe('the signature is part of what is remembered', () => {
  it('the other valid signature of ECDSA is verified by itself', async () => {
    const world = await createWorld()
    const verify = verifier(world)
    const token = await world.issuer.accessToken()
    const twin = highSTwin(token)
    const [first, other] = [await remember(verify, token), await remember(verify, twin)]
    expect(other).not.toBe(first)
    expect([await verify(token), await verify(twin)]).toEqual([first, other])
  })

  it.each([
    ['one bit changed', (signature: Buffer) => signature.map((byte, at) => (at === 40 ? byte ^ 1 : byte))],
    ['zeros', () => Buffer.alloc(64)],
    ['cut', (signature: Buffer) => signature.subarray(0, 63)],
    ['longer', (signature: Buffer) => Buffer.concat([signature, Buffer.alloc(1)])],
    ['of another token', () => Buffer.from('AAAA', 'base64url')],
    ['none', () => Buffer.alloc(0)],
  ])('%s: refused beside the good one', async (_, change) => {
    const world = await createWorld()
    const verify = verifier(world)
    const token = await world.issuer.accessToken()
    const first = await remember(verify, token)
    const end = token.lastIndexOf('.') + 1
    const changed = Buffer.from(change(Buffer.from(token.slice(end), 'base64url'))).toString('base64url')
    expect(await reasonOf(verify, token.slice(0, end) + changed)).toBe('token_invalid')
    expect(await verify(token)).toBe(first)
  })

  it.each([
    ['other claims', (payload: object) => ({ ...payload, sub: 'admin' })],
    ['no claims', () => ({})],
  ])('%s with the good signature: refused beside the good one', async (_, change) => {
    const world = await createWorld()
    const verify = verifier(world)
    const token = await world.issuer.accessToken()
    const first = await remember(verify, token)
    const [header, payload = '', signature] = token.split('.')
    const changed = change(JSON.parse(Buffer.from(payload, 'base64url').toString()) as object)
    const body = Buffer.from(JSON.stringify(changed)).toString('base64url')
    for (let i = 0; i < 3; i++) expect(await reasonOf(verify, `${header}.${body}.${signature}`)).toBe('token_invalid')
    expect(await verify(token)).toBe(first)
  })

  it.each(['=', '==', '\n', ' ', '.', '.AA'])('nor is a text with %o behind it', async (tail) => {
    const world = await createWorld()
    const verify = verifier(world)
    const token = await world.issuer.accessToken()
    await remember(verify, token)
    expect(await reasonOf(verify, token + tail)).toMatch(/^(?:token_invalid|credentials_malformed)$/)
  })
})

describe('the time counts on each hit', () => {
  it('exp, to the second', async () => {
    const world = await createWorld({ clockTolerance: 5 })
    const token = await world.issuer.accessToken({ expiresIn: 100 })
    await remember(verifier(world), token)
    const outcomes: string[] = []
    for (const pause of [0, 104, 0.9, 0.1, 1000]) {
      world.clock.advance(pause)
      outcomes.push(verdict(await world.server.authenticate(bearer(token))))
    }
    expect(outcomes).toEqual([...Array<string>(3).fill('accepted'), '401 token_expired', '401 token_expired'])
  })

  it.each([
    ['nbf', { nbf: 1_760_000_000, iat: undefined }],
    ['iat', { iat: 1_760_000_000 }],
  ])('%s, when the clock is set back', async (_, claims) => {
    const world = await createWorld({ clockTolerance: 5 })
    const token = await world.issuer.accessToken({ claims })
    await remember(verifier(world), token)
    const outcomes: string[] = []
    for (const pause of [0, -5, -1, 1]) {
      world.clock.advance(pause)
      outcomes.push(verdict(await world.server.authenticate(bearer(token))))
    }
    expect(outcomes).toEqual(['accepted', 'accepted', '401 token_invalid', 'accepted'])
  })
})

describe('a hit saves nothing but the verification', () => {
  it('a bound token is refused as Bearer, again and again', async () => {
    const world = await createWorld()
    const token = await world.issuer.accessToken({ jkt: world.key.thumbprint })
    await remember(verifier(world), token)
    for (let i = 0; i < 3; i++) expect(verdict(await world.server.authenticate(bearer(token)))).toBe('401 token_bound')
  })

  it('the proof, its replay and the requirements are looked at', async () => {
    const world = await createWorld()
    const token = await world.issuer.accessToken({ jkt: world.key.thumbprint, scope: 'a' })
    await remember(verifier(world), token)
    const dpop = await world.proof(token)
    const authorization = `DPoP ${token}`
    const send = async (...args: Parameters<World['server']['authenticate']>): Promise<string> =>
      verdict(await world.server.authenticate(...args))
    expect([
      await send(request({ authorization, dpop })),
      await send(request({ authorization, dpop })),
      await send(request({ authorization })),
      await send(request({ authorization, dpop: await world.proof(token, { signature: 'flipped' }) })),
      await send(request({ authorization, dpop: await world.proof(token) }), world.server.requirements('b')),
      await send(request({ authorization: `Bearer ${token}` })),
      await send(request({ authorization, dpop: await world.proof(token) }), world.server.requirements('a')),
    ]).toEqual([
      'accepted',
      '400 proof_replayed',
      '400 proof_missing',
      '400 proof_signature',
      '403 scope_missing',
      '401 token_bound',
      'accepted',
    ])
  })

  it('an unbound token is refused as DPoP, and with a proof as Bearer', async () => {
    const world = await createWorld()
    const token = await world.issuer.accessToken()
    const dpop = await world.proof(token)
    await remember(verifier(world), token)
    expect([
      verdict(await world.server.authenticate(request({ authorization: `DPoP ${token}`, dpop }))),
      verdict(await world.server.authenticate(bearer(token, { dpop }))),
    ]).toEqual(['401 token_unbound', '400 proof_with_bearer'])
  })
})

describe('a resolver whose answer changes', () => {
  const other = 'https://api.other/'

  it.each<readonly [string, IssuerOptions | undefined]>([
    ['is nothing', undefined],
    ['has another audience', { audience: other }],
    ['has other algorithms', { algorithms: ['RS256'] }],
    ['has other keys', { jwks: { keys: [] } }],
    ['has its keys elsewhere', { jwksUri: 'https://issuer.test/nowhere' }],
  ])('%s: what was remembered does not count', async (_, change) => {
    const world = await createWorld()
    let changed = false
    const server = world.serve({
      issuers: (issuer) => (changed ? change && { issuer, ...change } : { issuer }),
    })
    const token = await world.issuer.accessToken()
    await remember(verifier({ server }), token)
    changed = true
    world.clock.advance(59)
    await server.verifyAccessToken(token)
    world.clock.advance(2)
    expect(verdict(await server.authenticate(bearer(token)))).toMatch(/^(?:401 token_invalid|503 issuer_unavailable)$/)
  })

  it('is the same again: what was remembered counts', async () => {
    const world = await createWorld()
    const server = world.serve({ issuers: (issuer) => ({ issuer }) })
    const token = await world.issuer.accessToken()
    const first = await remember(verifier({ server }), token)
    world.clock.advance(61)
    expect(await server.verifyAccessToken(token)).toBe(first)
  })
})
