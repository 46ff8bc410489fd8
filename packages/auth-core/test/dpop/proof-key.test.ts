import { createTestKey } from '@acme/auth-testing'
import { calculateJwkThumbprint, exportJWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { importProofKey, jwkThumbprint, readProofJwk } from '../../src/dpop/proof-key.js'
import { createWorld, errorOf, request, verdict } from '../support.js'

const world = await createWorld({ dpop: { replay: false } })
const { issuer, key, server } = world
const token = await issuer.accessToken({ jkt: key.thumbprint })
const { crv = '', x = '', y = '' } = key.publicJwk
const kty = 'EC'
const jwk = { kty, crv, x, y } as const
const privateJwk = await exportJWK(key.privateKey)
const rsa = await createTestKey('RS256')
const small = await createTestKey('RS256', { modulusLength: 1024 })
const p384 = await createTestKey('ES384')
const ed25519 = await createTestKey('EdDSA')

async function sendWith(given: unknown): Promise<string> {
  const dpop = await world.proof(token, { header: { jwk: given } })
  return verdict(await server.authenticate(request({ authorization: `DPoP ${token}`, dpop })))
}

describe('jwk of a proof', () => {
  it.each([
    ['undefined', undefined],
    ['null', null],
    ['text', JSON.stringify(jwk)],
    ['a number', 1],
    ['true', true],
    ['a list', [jwk]],
    ['an empty object', {}],
    ['a key set', { keys: [jwk] }],
    ['with d', { ...jwk, d: privateJwk.d }],
    ['with an empty d', { ...jwk, d: '' }],
    ['with d null', { ...jwk, d: null }],
    ['with k', { ...jwk, k: 'c2VjcmV0' }],
    ['with p', { ...jwk, p: 'AQAB' }],
    ['with oth', { ...jwk, oth: [] }],
    ['oct', { kty: 'oct', k: 'c2VjcmV0' }],
    ['oct with the coordinates of the key', { ...jwk, kty: 'oct' }],
    ['kty in lower case', { ...jwk, kty: 'ec' }],
    ['no kty', { crv, x, y }],
    ['a list for kty', { ...jwk, kty: ['EC'] }],
    ['no crv', { kty, x, y }],
    ['another crv', { ...jwk, crv: 'P-384' }],
    ['secp256k1', { ...jwk, crv: 'secp256k1' }],
    ['crv __proto__', { ...jwk, crv: '__proto__' }],
    ['no x', { kty, crv, y }],
    ['no y', { kty, crv, x }],
    ['padding', { ...jwk, x: `${x}=` }],
    ['a plus', { ...jwk, x: `+${x.slice(1)}` }],
    ['a short coordinate', { ...jwk, x: x.slice(1) }],
    ['a long coordinate', { ...jwk, x: `A${x}` }],
    ['a number for a coordinate', { ...jwk, x: 1 }],
    ['a line feed', { ...jwk, x: `${x.slice(0, -1)}\n` }],
    ['alg of another', { ...jwk, alg: 'ES384' }],
    ['alg null', { ...jwk, alg: null }],
    ['use enc', { ...jwk, use: 'enc' }],
    ['key_ops sign', { ...jwk, key_ops: ['sign'] }],
    ['key_ops text', { ...jwk, key_ops: 'verify' }],
    ['P-384', (({ kty: t, crv: c, x: a, y: b }) => ({ kty: t, crv: c, x: a, y: b }))(p384.publicJwk)],
    ['Ed25519', { kty: 'OKP', crv: 'Ed25519', x: ed25519.publicJwk.x }],
    ['X25519', { kty: 'OKP', crv: 'X25519', x: ed25519.publicJwk.x }],
    ['RSA', { kty: 'RSA', n: rsa.publicJwk.n, e: rsa.publicJwk.e }],
  ])('%s is refused', async (_, given) => {
    expect(await sendWith(given)).toBe('400 proof_key')
  })

  it.each([
    ['x for y', { ...jwk, y: x }],
    ['a point off the curve', { ...jwk, y: `${y.startsWith('A') ? 'B' : 'A'}${y.slice(1)}` }],
    ['the point 0,0', { ...jwk, x: 'A'.repeat(43), y: 'A'.repeat(43) }],
    ['the field size', { ...jwk, x: '_'.repeat(43), y: '_'.repeat(43) }],
  ])('%s is somebody else, and refused even where the token is bound to it', async (_, given) => {
    expect(await sendWith(given)).toBe('401 key_mismatch')
    const bound = await issuer.accessToken({ jkt: await jwkThumbprint(given) })
    const dpop = await world.proof(bound, { header: { jwk: given } })
    expect(verdict(await server.authenticate(request({ authorization: `DPoP ${bound}`, dpop })))).toBe('400 proof_key')
    expect((await errorOf(() => importProofKey(given, 'ES256'))).cause).toBeInstanceOf(Error)
  })

  it.each([
    ['as it is', jwk],
    ['in another order', { y, x, crv, kty }],
    ['with alg, use, key_ops and kid', { ...jwk, alg: 'ES256', use: 'sig', key_ops: ['verify'], kid: 'a' }],
    ['with unknown members', { ...jwk, ext: true, foo: { bar: 1 } }],
  ])('%s is accepted', async (_, given) => {
    expect(await sendWith(given)).toBe('accepted')
  })

  it('is not replaced by a key elsewhere in the header', async () => {
    const header = { jwk: undefined, jku: issuer.jwksUri, x5c: ['MIIB'], kid: key.kid }
    const dpop = await world.proof(token, { header })
    const count = issuer.count('all')
    expect(verdict(await server.authenticate(request({ authorization: `DPoP ${token}`, dpop })))).toBe('400 proof_key')
    expect(issuer.count('all')).toBe(count)
  })
})

describe('readProofJwk', () => {
  const rsaJwk = { kty: 'RSA', n: rsa.publicJwk.n ?? '', e: 'AQAB' }

  it.each([
    ['RSA of 1024 bits', { ...rsaJwk, n: small.publicJwk.n }],
    [
      'RSA of 1024 bits with leading zeros',
      {
        ...rsaJwk,
        n: Buffer.concat([Buffer.alloc(128), Buffer.from(small.publicJwk.n ?? '', 'base64url')]).toString('base64url'),
      },
    ],
    ['e 1', { ...rsaJwk, e: 'AQ' }],
    ['e 0', { ...rsaJwk, e: 'AA' }],
    ['e 2', { ...rsaJwk, e: 'Ag' }],
    ['e of 5 bytes', { ...rsaJwk, e: 'AQAAAAE' }],
    ['e empty', { ...rsaJwk, e: '' }],
    ['e with padding', { ...rsaJwk, e: 'AQAB=' }],
    ['n empty', { ...rsaJwk, n: '' }],
    ['n of 16384 bits', { ...rsaJwk, n: Buffer.alloc(2048, 255).toString('base64url') }],
    ['n of a megabyte', { ...rsaJwk, n: 'A'.repeat(1_000_000) }],
    ['n a number', { ...rsaJwk, n: 65537 }],
    ['private exponent', { ...rsaJwk, d: 'AQAB' }],
    ['EC', jwk],
  ])('%s is refused', async (_, given) => {
    expect((await errorOf(() => readProofJwk(given, 'RS256'))).reason).toBe('proof_key')
  })

  it.each([
    ['RS256', rsa],
    ['ES256', key],
    ['ES384', p384],
    ['EdDSA', ed25519],
    ['Ed25519', ed25519],
  ] as const)('has the thumbprint of RFC 7638 for %s', async (algorithm, { publicJwk }) => {
    const { alg: _alg, ...members } = publicJwk
    const read = readProofJwk(members, algorithm)
    expect((await importProofKey(read, algorithm)).algorithm).toBe(algorithm)
    expect(await jwkThumbprint(read)).toBe(await calculateJwkThumbprint(publicJwk))
  })

  it('has the thumbprint of RFC 7638 §3.1', async () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W' +
      '-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08q' +
      'NLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw'
    expect(await jwkThumbprint(readProofJwk({ kty: 'RSA', n, e: 'AQAB' }, 'RS256'))).toBe(
      'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
    )
  })

  it('is one thumbprint, whatever else the key says', async () => {
    expect(await jwkThumbprint(readProofJwk({ foo: 1, ...jwk, kid: 'x' }, 'ES256'))).toBe(key.thumbprint)
  })
})
