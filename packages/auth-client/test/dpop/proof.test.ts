import { createResourceServer } from '@acme/auth-core'
import { createProof, createTestIssuer } from '@acme/auth-testing'
import * as dpop from 'dpop'
import { array, assert, asyncProperty, constantFrom } from 'fast-check'
import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader, EmbeddedJWK, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'

import { createDpopProof, dpopThumbprint, generateDpopKeyPair } from '../../src/dpop.js'
import type { DpopAlgorithm, DpopKeyPair } from '../../src/dpop.js'

const ALGORITHMS = ['ES256', 'ES384', 'PS256', 'RS256', 'EdDSA'] as const
const url = 'https://api.example.com/messages'
const keyPair = await generateDpopKeyPair()

async function htuOf(given: string | URL): Promise<unknown> {
  return decodeJwt(await createDpopProof({ keyPair, method: 'GET', url: given }))['htu']
}

describe.each(ALGORITHMS)('%s', (algorithm: DpopAlgorithm) => {
  it('makes a proof that jose verifies, with the public members alone (RFC 9449 §4.2)', async () => {
    const own = await generateDpopKeyPair({ algorithm })
    const proof = await createDpopProof({
      keyPair: own,
      method: 'POST',
      url,
      accessToken: 'a',
      nonce: 'n',
      now: 1_700_000_000.9,
    })
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      currentDate: new Date(0),
    })
    expect(Object.keys(protectedHeader).toSorted()).toEqual(['alg', 'jwk', 'typ'])
    expect(protectedHeader.alg).toBe(algorithm)
    expect(
      Object.keys(protectedHeader.jwk ?? {}).filter((name) => !['kty', 'crv', 'x', 'y', 'n', 'e'].includes(name)),
    ).toEqual([])
    expect(payload).toEqual({
      jti: expect.stringMatching(/^[\w-]{24}$/),
      htm: 'POST',
      htu: url,
      iat: 1_700_000_000,
      ath: 'ypeBEsobvcr6wjGzmiPcTaeG7_gUfE5yuYB3ha_uSLs',
      nonce: 'n',
    })
    expect(await dpopThumbprint(own)).toBe(await calculateJwkThumbprint({ kty: '', ...protectedHeader.jwk }))
  })

  it('makes a key that cannot be read out', async () => {
    const own = await generateDpopKeyPair({ algorithm })
    expect(own.privateKey.extractable).toBe(false)
    await expect(crypto.subtle.exportKey('jwk', own.privateKey as CryptoKey)).rejects.toThrow() // WebCrypto made it
  })
})

describe('a proof', () => {
  it('is accepted by a resource server', async () => {
    const issuer = await createTestIssuer()
    const thumbprint = await dpopThumbprint(keyPair)
    const accessToken = await issuer.accessToken({ jkt: thumbprint })
    const server = createResourceServer({ issuer: issuer.issuer, audience: issuer.audience, fetch: issuer.fetch })
    const proof = await createDpopProof({ keyPair, method: 'GET', url: `${url}?page=2#top`, accessToken })
    const verified = server.verifyDpopProof({ proof, method: 'GET', url: `${url}?page=3`, accessToken, thumbprint })
    await expect(verified).resolves.toMatchObject({ claims: { htu: url } })
  })

  it('says the same as that of the package dpop', async () => {
    const own = { privateKey: keyPair.privateKey as CryptoKey, publicKey: keyPair.publicKey as CryptoKey } // WebCrypto made them
    const theirs = await dpop.generateProof(own, url, 'GET', 'nonce', 'token')
    const ours = await createDpopProof({ keyPair, method: 'GET', url, accessToken: 'token', nonce: 'nonce' })
    expect(decodeProtectedHeader(ours)).toEqual(decodeProtectedHeader(theirs))
    const vary = { jti: '', iat: 0 }
    expect({ ...decodeJwt(ours), ...vary }).toEqual({ ...decodeJwt(theirs), ...vary })
  })

  it('has an identifier of its own, each time', async () => {
    const proofs = await Promise.all(
      Array.from({ length: 200 }, () => createDpopProof({ keyPair, method: 'GET', url })),
    )
    expect(new Set(proofs.map((proof) => decodeJwt(proof).jti)).size).toBe(200)
  })

  it('leaves out what is not given', async () => {
    const claims = decodeJwt(await createDpopProof({ keyPair, method: 'GET', url }))
    expect(Object.keys(claims).toSorted()).toEqual(['htm', 'htu', 'iat', 'jti'])
  })

  it.each([
    ['HTTPS://API.example.COM:443/a', 'https://api.example.com/a'],
    ['http://127.0.0.1:80/a', 'http://127.0.0.1/a'],
    ['https://api.example.com:8443/a', 'https://api.example.com:8443/a'],
    ['https://api.example.com', 'https://api.example.com/'],
    ['https://api.example.com/a/../b/./c', 'https://api.example.com/b/c'],
    ['https://api.example.com/a?x=1#y', 'https://api.example.com/a'],
    ['https://api.example.com/a%2Fb?c', 'https://api.example.com/a%2Fb'],
    ['https://api.example.com/a%2fb%3f%c3%a4', 'https://api.example.com/a%2Fb%3F%C3%A4'],
    ['https://api.example.com/%7euser/%41%2Db%2ec%5F%30', 'https://api.example.com/~user/A-b.c_0'],
    ['https://api.example.com/a/%2e%2E/b', 'https://api.example.com/b'],
    ['https://api.example.com/%252e%252e/%', 'https://api.example.com/%252e%252e/%'],
    ['https://api.example.com/ä b', 'https://api.example.com/%C3%A4%20b'],
    ['https://user:secret@api.example.com/a', 'https://api.example.com/a'],
    ['https://[2001:DB8::1]/a', 'https://[2001:db8::1]/a'],
    ['https://bücher.example/a', 'https://xn--bcher-kva.example/a'],
  ])('for %s is for %s', async (given, expected) => {
    expect(await htuOf(given)).toBe(expected)
    expect(await htuOf(new URL(given))).toBe(expected)
  })

  it('is for the URL in the form that a resource server compares (RFC 3986 §6.2.2)', async () => {
    const issuer = await createTestIssuer()
    const thumbprint = await dpopThumbprint(keyPair)
    const accessToken = await issuer.accessToken({ jkt: thumbprint })
    const server = createResourceServer({ issuer: issuer.issuer, audience: issuer.audience, fetch: issuer.fetch })
    const part = constantFrom('a', 'Z', '~', '.', '-', '/', '%2f', '%2F', '%7e', '%41', '%c3%a4', '%25', ';', '|', '[')
    const path = array(part, { maxLength: 12 }).map((parts) => parts.join(''))
    const check = async (suffix: string): Promise<void> => {
      const sent = new URL(`${url}/${suffix}`).href
      const proof = await createDpopProof({ keyPair, method: 'GET', url: sent, accessToken })
      await server.verifyDpopProof({ proof, method: 'GET', url: sent, accessToken, thumbprint })
      const htu = decodeJwt(proof)['htu'] as string // just verified
      expect(await htuOf(htu)).toBe(htu)
    }
    await assert(asyncProperty(path, check), { numRuns: 50 })
  })

  it.each([
    ['get', 'GET'],
    ['Post', 'POST'],
    ['patch', 'patch'],
    ['QUERY', 'QUERY'],
  ])('the method %s is %s, as fetch sends it', async (method, htm) => {
    expect(decodeJwt(await createDpopProof({ keyPair, method, url }))['htm']).toBe(htm)
  })

  it.each(['', '/messages', 'ftp://a/', 'javascript:alert(1)', 'data:,x', 'file:///etc/passwd', 'https://'])(
    'there is none for the URL %o',
    async (bad) => {
      await expect(createDpopProof({ keyPair, method: 'GET', url: bad })).rejects.toThrow(TypeError)
    },
  )

  it.each([{}, null, undefined, { privateKey: {}, publicKey: {} }, { privateKey: 'pem' }])(
    'there is none with the key %o',
    async (bad) => {
      await expect(createDpopProof({ keyPair: bad as DpopKeyPair, method: 'GET', url })).rejects.toThrow(TypeError)
    },
  )

  it('a public key signs nothing', async () => {
    const { publicKey } = keyPair
    await expect(
      createDpopProof({ keyPair: { privateKey: publicKey, publicKey }, method: 'GET', url }),
    ).rejects.toThrow()
  })
})

it('ES256 stands for an algorithm that is not given', async () => {
  const { privateKey } = await generateDpopKeyPair({})
  expect(privateKey.algorithm).toEqual({ name: 'ECDSA', namedCurve: 'P-256' })
})

it.each(['HS256', '', 'toString', null])('there are no keys for the algorithm %o', async (algorithm) => {
  const made = generateDpopKeyPair({ algorithm: algorithm as DpopAlgorithm })
  await expect(made).rejects.toMatchObject({ reason: 'options_invalid' })
})

it('a test kit that knows RFC 9449 by itself agrees on the hash of a token', async () => {
  const own = await generateDpopKeyPair()
  const { createTestKey } = await import('@acme/auth-testing')
  const theirs = decodeJwt(await createProof({ key: await createTestKey('ES256'), url, accessToken: 'tök' }))
  expect(decodeJwt(await createDpopProof({ keyPair: own, method: 'GET', url, accessToken: 'tök' }))['ath']).toBe(
    theirs['ath'],
  )
})
