import { exportJWK, calculateJwkThumbprint, generateKeyPair, importJWK } from 'jose'
import type { CryptoKey, JSONWebKeySet, JWK } from 'jose'

import type { SigningKey } from './envelope.js'

type Environment = Readonly<Record<string, string | undefined>>

/** @throws {TypeError} that names the variable, and shows nothing of it: it may be a secret */
export function required(env: Environment, name: string): string {
  const value = env[name]?.trim() ?? ''
  if (value === '') throw new TypeError(`${name}: not set`)
  return value
}

/** @throws {TypeError} when it is not the URL of a Redis; what was given is not shown: it may hold a password */
export function redisUrl(env: Environment, name: string): string {
  const given = required(env, name)
  const { protocol, hostname } = URL.parse(given) ?? { protocol: '', hostname: '' }
  if (/^rediss?:$/.test(protocol) && hostname !== '') return given
  throw new TypeError(`${name}: got something else, want a URL such as redis://127.0.0.1:6379`)
}

/** `TOKEN_KEY`, where tokens of callers are kept. @throws {TypeError} when it is not 32 bytes */
export function tokenKey(env: Environment): Uint8Array | undefined {
  const given = env['TOKEN_KEY']?.trim() ?? ''
  if (given === '') return undefined
  const key = Buffer.from(given, 'base64url')
  if (key.length !== 32) throw new TypeError('TOKEN_KEY: got something else, want 32 bytes in base64url')
  return new Uint8Array(key)
}

/** What envelopes are signed with: `JOB_KEY`, a private JWK; without it one that is made now, and lost with the process. */
export async function signingKeys(env: Environment): Promise<{ signingKey: SigningKey; jwks: JSONWebKeySet }> {
  const jwk = await privateJwk(env['JOB_KEY']?.trim() ?? '')
  const { kty, crv, x, y } = jwk
  const kid = await calculateJwkThumbprint(jwk)
  const privateKey = (await importJWK(jwk, 'ES256')) as CryptoKey // as: bytes only for symmetric keys
  const published = { kty, crv, x, y, kid, alg: 'ES256', use: 'sig' } as JWK // as: of a complete key
  return { signingKey: { kid, privateKey }, jwks: { keys: [published] } }
}

async function privateJwk(given: string): Promise<JWK> {
  if (given === '') return exportJWK((await generateKeyPair('ES256', { extractable: true })).privateKey)
  try {
    const jwk = JSON.parse(given) as JWK // as: checked by what follows
    if (jwk.kty === 'EC' && jwk.crv === 'P-256' && typeof jwk.d === 'string') return jwk
  } catch {
    // What was given is not shown.
  }
  throw new TypeError('JOB_KEY: got something else, want a private JWK of the curve P-256')
}
