import type { webcrypto } from 'node:crypto'
import { readFile, stat, writeFile } from 'node:fs/promises'

import { generateDpopKeyPair } from '@acme/auth-client/dpop'
import type { DpopKeyPair } from '@acme/auth-client'

import { isObject } from './inspect/decode.js'
import { messageOf, UsageError } from './terminal.js'
import type { Terminal } from './terminal.js'

/**
 * The key in a file (RFC 7517), which is made where there is none and that is asked for. Only its owner may read it.
 *
 * @throws {UsageError} when it cannot be read, or is no private key that proofs can be made with
 */
export async function keyPairAt(
  file: string,
  terminal: Terminal,
  options: { readonly create: boolean },
): Promise<DpopKeyPair> {
  try {
    const text = await readFile(file, 'utf8')
    if (((await stat(file)).mode & 0o077) !== 0 && process.platform !== 'win32')
      terminal.stderr.write(`acme-auth: ${file} is a private key that others may read: chmod 600 ${file}\n`)
    return await imported(JSON.parse(text))
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (isMissing && options.create) return created(file)
    // Of JSON.parse as well, which quotes what it found: a key, perhaps.
    throw new UsageError(`${file}: ${error instanceof SyntaxError ? 'is not JSON' : messageOf(error)}`)
  }
}

async function created(file: string): Promise<DpopKeyPair> {
  const keyPair = await generateDpopKeyPair({ extractable: true })
  const jwk = await crypto.subtle.exportKey('jwk', keyPair.privateKey as webcrypto.CryptoKey) // as it was made by WebCrypto
  const { kty, crv, x, y, d } = jwk
  // Never over a file that came there meanwhile.
  await writeFile(file, `${JSON.stringify({ kty, crv, x, y, d, alg: 'ES256' })}\n`, { mode: 0o600, flag: 'wx' })
  return keyPair
}

async function imported(value: unknown): Promise<DpopKeyPair> {
  const jwk = isObject(value) ? value : {}
  if (typeof jwk['d'] !== 'string') throw new UsageError('want a private key as a JWK')
  const { d: _, dp: _dp, dq: _dq, p: _p, q: _q, qi: _qi, key_ops: _ops, ...publicJwk } = jwk
  const { key_ops: _others, ...privateJwk } = jwk
  const parameters = parametersOf(jwk)
  const [privateKey, publicKey] = await Promise.all([
    crypto.subtle.importKey('jwk', privateJwk, parameters, false, ['sign']),
    crypto.subtle.importKey('jwk', publicJwk, parameters, true, ['verify']),
  ])
  return { privateKey, publicKey }
}

/** How WebCrypto names the kind of a key (RFC 7518 §6, RFC 8037 §2). */
function parametersOf({ kty, crv, alg }: Readonly<Record<string, unknown>>): {
  name: string
  namedCurve?: string
  hash?: string
} {
  if (kty === 'EC') return { name: 'ECDSA', namedCurve: String(crv) }
  if (kty === 'OKP') return { name: 'Ed25519' }
  return { name: alg === 'PS256' ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
}
