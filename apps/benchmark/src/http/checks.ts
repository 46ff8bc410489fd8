import { createRemoteJWKSet, jwtVerify } from 'jose'

import { keyObject, toDer, verifies } from '../candidates/limits.js'
import { tokenOptions, verifyDpop } from '../candidates/jose.js'
import { signedBytes } from '../material.js'
import type { Setup } from './setup.js'

/** A check that any framework can call. It throws or rejects when the request is refused. */
export type Check = (headers: RequestHeaders) => void | Promise<void>

export interface RequestHeaders {
  readonly authorization?: string | undefined
  readonly dpop?: string | string[] | undefined
}

/** @throws {TypeError} for a guard that is a framework's own */
export function createCheck({ guard, issuer, signed }: Setup): Check {
  if (guard === 'rs256' || guard === 'es256') return signatureOnly(guard, signed)
  const keys = createRemoteJWKSet(new URL(issuer.jwksUri))
  const options = tokenOptions(issuer.issuer)
  if (guard === 'jose') {
    return async ({ authorization = '' }) =>
      void (await jwtVerify(authorization.slice('Bearer '.length), keys, options))
  }
  if (guard === 'jose-dpop') {
    return ({ authorization = '', dpop = '' }) =>
      verifyDpop(authorization.slice('DPoP '.length), String(dpop), keys, issuer.issuer)
  }
  throw new TypeError(`${guard} is a framework's own`)
}

/** The limit: nothing but one signature, synchronously, from decoded bytes and with a bare key object. */
function signatureOnly(algorithm: 'rs256' | 'es256', signed: Setup['signed']): Check {
  const { jws, jwk } = signed[algorithm]
  const { input, signature } = signedBytes(jws)
  const bytes = { input, signature: algorithm === 'es256' ? toDer(signature) : signature }
  const key = keyObject(jwk)
  return () => {
    if (!verifies(bytes, key)) throw new Error('signature does not match')
  }
}
