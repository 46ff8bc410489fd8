import { compactVerify, errors, importJWK } from 'jose'

import type { TestKey } from '../src/index.js'

/** What jose says of a signature. Anything but a bad signature is thrown. */
export async function verifies(jws: string, key: TestKey): Promise<boolean> {
  try {
    await compactVerify(jws, await importJWK(key.publicJwk))
    return true
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return false
    throw error
  }
}

/** Decodes one segment as text. */
export function segment(jws: string, index: 0 | 1 | 2): string {
  return Buffer.from(jws.split('.')[index] ?? '', 'base64url').toString()
}
