import type { AccessTokenOptions, TestKey } from '@acme/auth-testing'
import { compactJws } from '@acme/auth-testing'
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'

import type { ContractIssuer } from '../contract/client.js'
import { NotApplicable } from './not-applicable.js'

/** Tokens of an issuer, each with what the route under attack wants besides. */
export function tokensFor(issuer: ContractIssuer, wanted: Readonly<Record<string, unknown>>): ContractIssuer {
  return {
    issuer: issuer.issuer,
    audience: issuer.audience,
    jwksUri: issuer.jwksUri,
    // Not read before it is wanted: of a given token there is none.
    get signingKey() {
      return issuer.signingKey
    },
    accessToken: (options = {}) => issuer.accessToken({ ...options, claims: { ...wanted, ...options.claims } }),
  }
}

/** A token whose issuer's key is not at hand. */
export interface GivenToken {
  readonly token: string
  /** The private key that it is bound to (RFC 7517), if it is. */
  readonly key?: Readonly<Record<string, unknown>>
}

const NO_ISSUER = 'a token like that is signed by the issuer, whose key is not at hand'

/** What can be made of a token without the key of its issuer: the token, and changes that break its signature. */
export function givenTokens({ token }: GivenToken): ContractIssuer {
  const { header, payload } = partsOf(token)
  const { iss, aud } = payload
  return {
    issuer: typeof iss === 'string' ? iss : '',
    audience: typeof aud === 'string' ? aud : '',
    get jwksUri(): string {
      throw new NotApplicable(NO_ISSUER)
    },
    get signingKey(): TestKey {
      throw new NotApplicable(NO_ISSUER)
    },
    accessToken: (options = {}) => changed(token, header, payload, options),
  }
}

type Members = Readonly<Record<string, unknown>>

async function changed(
  token: string,
  header: Members,
  payload: Members,
  { key, signature, header: change, jkt, ...others }: AccessTokenOptions,
): Promise<string> {
  if (jkt !== undefined && thumbprintOf(token) !== jkt)
    throw new NotApplicable('the token at hand is not bound to a key')
  if (Object.values(others).some((value) => value !== undefined)) throw new NotApplicable(NO_ISSUER)
  const [head = '', body = '', signed = ''] = token.split('.')
  // Whoever signs with a key of his own may write what he likes.
  if (key !== undefined)
    return compactJws({ header: { ...header, alg: key.alg, kid: key.kid, ...change }, payload: { ...payload }, key })
  if (change !== undefined && !('alg' in change)) throw new NotApplicable(NO_ISSUER)
  const text = change === undefined ? head : encoded({ ...header, ...change })
  if (signature === undefined || signature === 'valid') return `${text}.${body}.${signed}`
  if (signature === 'none') return `${text}.${body}.`
  if (signature !== 'flipped') throw new NotApplicable(NO_ISSUER)
  const bytes = Buffer.from(signed, 'base64url')
  const middle = bytes.length >> 1
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle)
  return `${text}.${body}.${bytes.toString('base64url')}`
}

/** @throws {TypeError} for what is no JWT; the message holds nothing of it */
function partsOf(token: string): { readonly header: Members; readonly payload: Members } {
  const [head = '', body = '', signature = '', ...more] = token.split('.')
  const [header, payload] = [decoded(head), decoded(body)]
  if (header === undefined || payload === undefined || signature === '' || more.length > 0)
    throw new TypeError('the token is no signed JWT')
  return { header, payload }
}

/** What a token says it is signed with, so that others sign alike; undefined for what they cannot. */
export function algorithmOf(token: string): 'RS256' | 'PS256' | 'ES256' | 'EdDSA' | undefined {
  const { alg } = partsOf(token).header
  return (['RS256', 'PS256', 'ES256', 'EdDSA'] as const).find((one) => one === alg)
}

/** The `cnf.jkt` of a token (RFC 9449 §6.1). */
export function thumbprintOf(token: string): string | undefined {
  const { cnf } = partsOf(token).payload
  const jkt: unknown = typeof cnf === 'object' && cnf !== null && 'jkt' in cnf ? cnf.jkt : undefined
  return typeof jkt === 'string' ? jkt : undefined
}

function encoded(part: Members): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}

function decoded(segment: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(segment, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** A private key, to make proofs with. @throws {TypeError} when it is none, or not for the algorithm of proofs, ES256 */
export async function proofKeyOf({ key, token }: GivenToken): Promise<TestKey | undefined> {
  if (key === undefined) return undefined
  const { kty, crv, x, y, d } = key
  if (kty !== 'EC' || crv !== 'P-256' || typeof d !== 'string')
    throw new TypeError('the key is no private key of the curve P-256, as a JWK')
  const publicJwk = { kty, crv, x: String(x), y: String(y) }
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  const privateKey = await crypto.subtle.importKey('jwk', { ...publicJwk, kty, d }, algorithm, false, ['sign'])
  const thumbprint = await calculateJwkThumbprint(publicJwk)
  if (thumbprintOf(token) !== thumbprint) throw new TypeError('the token is not bound to that key')
  return { kid: thumbprint, alg: 'ES256', privateKey, publicJwk, thumbprint }
}
