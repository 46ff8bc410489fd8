import { createHash } from 'node:crypto'

import { calculateJwkThumbprint, createRemoteJWKSet, EmbeddedJWK, importJWK, jwtVerify } from 'jose'
import type { JWTPayload, JWTVerifyGetKey } from 'jose'

import { AUDIENCE, URL_OF_REQUEST } from '../material.js'
import type { KnownIssuer } from '../material.js'
import type { BearerCheck, DpopCheck } from './check.js'

export async function joseWithKey(issuer: KnownIssuer): Promise<BearerCheck> {
  const key = await importJWK(issuer.signingKey.publicJwk, 'RS256')
  const options = tokenOptions(issuer.issuer)
  return { name: 'jose', takes: 'token', synchronous: false, verify: (token) => jwtVerify(token, key, options) }
}

export function joseWithKeySet({ issuer, jwksUri }: KnownIssuer): BearerCheck {
  const keys = createRemoteJWKSet(new URL(jwksUri))
  const options = tokenOptions(issuer)
  return {
    name: 'jose, remote key set',
    takes: 'token',
    synchronous: false,
    verify: (token) => jwtVerify(token, keys, options),
  }
}

/** DPoP as it is commonly written with jose; replays are not detected. */
export function joseDpop(issuer: KnownIssuer): DpopCheck {
  const keys = createRemoteJWKSet(new URL(issuer.jwksUri))
  return {
    name: 'jose by hand',
    verify: ({ authorization, proof }) => verifyDpop(authorization.slice('DPoP '.length), proof, keys, issuer.issuer),
  }
}

/** Exported for the HTTP part. @throws when the token or the proof is refused */
export async function verifyDpop(token: string, proof: string, keys: JWTVerifyGetKey, issuer: string): Promise<void> {
  const { payload } = await jwtVerify(token, keys, tokenOptions(issuer))
  const { payload: claims, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, PROOF_OPTIONS)
  if (claims['htm'] !== 'GET' || claims['htu'] !== URL_OF_REQUEST) throw new Error('proof for another request')
  if (claims['ath'] !== createHash('sha256').update(token).digest('base64url')) throw new Error('another token')
  if (protectedHeader.jwk === undefined) throw new Error('no key')
  if ((await calculateJwkThumbprint(protectedHeader.jwk)) !== thumbprintOf(payload)) throw new Error('another key')
}

export function tokenOptions(issuer: string): Parameters<typeof jwtVerify>[2] {
  return {
    issuer,
    audience: AUDIENCE,
    algorithms: ['RS256'],
    typ: 'at+jwt',
    requiredClaims: ['exp'],
    clockTolerance: 5,
  }
}

const PROOF_OPTIONS = {
  algorithms: ['ES256'],
  typ: 'dpop+jwt',
  requiredClaims: ['jti', 'htm', 'htu', 'ath'],
  maxTokenAge: 300,
  clockTolerance: 30,
}

function thumbprintOf({ cnf }: JWTPayload): unknown {
  return typeof cnf === 'object' && cnf !== null && 'jkt' in cnf ? cnf.jkt : undefined
}
