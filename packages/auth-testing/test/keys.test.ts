import { calculateJwkThumbprint, exportJWK, importJWK } from 'jose'
import { describe, expect, it } from 'vitest'

import { ALGORITHMS } from '../src/algorithms.js'
import { compactJws, createTestKey, type TestAlgorithm } from '../src/index.js'
import { verifies } from './verify.js'

const algorithms = Object.keys(ALGORITHMS) as TestAlgorithm[] // they are its keys

describe('createTestKey', () => {
  it.each(algorithms)('makes a key whose signatures jose verifies: %s', async (alg) => {
    const key = await createTestKey(alg)
    const jws = await compactJws({ header: { alg }, payload: { sub: 'a' }, key })
    expect(await verifies(jws, key)).toBe(true)
  })

  it.each(algorithms)('publishes public members only: %s', async (alg) => {
    const { publicJwk, kid } = await createTestKey(alg)
    expect(publicJwk).toMatchObject({ kid, alg, use: 'sig' })
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(publicJwk).not.toHaveProperty(secret)
  })

  it('has the thumbprint of RFC 7638, and goes by it unless told otherwise', async () => {
    const key = await createTestKey('ES256')
    expect(key.thumbprint).toBe(await calculateJwkThumbprint(key.publicJwk))
    expect(key.kid).toBe(key.thumbprint)
    expect((await createTestKey('ES256', { kid: 'mine' })).publicJwk.kid).toBe('mine')
  })

  it('makes RS256 keys of 2048 bits by default', async () => {
    const key = await createTestKey()
    expect(key.alg).toBe('RS256')
    expect(key.privateKey.algorithm).toMatchObject({ modulusLength: 2048 })
  })

  it('makes the weak RSA key that was asked for, which jose refuses', async () => {
    const key = await createTestKey('RS256', { modulusLength: 1024 })
    const jws = await compactJws({ header: { alg: 'RS256' }, payload: {}, key })
    await expect(verifies(jws, key)).rejects.toThrow('2048 bits')
  })

  it('makes an extractable private key', async () => {
    const { privateKey, publicJwk } = await createTestKey('ES256')
    const { d, x } = await exportJWK(privateKey)
    expect(d).toBeTypeOf('string')
    expect(x).toBe(publicJwk.x)
    await expect(importJWK(publicJwk)).resolves.toBeDefined()
  })
})
