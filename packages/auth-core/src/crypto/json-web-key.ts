import type { PublicJwk } from './types.js'
import { isPlainObject } from '../util/json.js'

/** A JSON Web Key (RFC 7517 §4). Its members are unchecked. */
export type Jwk = Readonly<Record<string, unknown>>

const MAX_KEYS = 100

/** The entries of a JWK Set (RFC 7517 §5), or undefined when it is not one or has more than 100 keys. */
export function keyList(value: unknown): readonly Jwk[] | undefined {
  if (!isPlainObject(value) || !Array.isArray(value['keys']) || value['keys'].length > MAX_KEYS) return undefined
  // RFC 7517 §5: entries that are not understood should be ignored. One bad entry must not disable the others.
  return value['keys'].filter(isPlainObject)
}

/** The key type and curve that an algorithm requires (RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2). */
interface KeyShape {
  readonly kty: string
  readonly crv?: string
}

const SHAPES: Readonly<Record<string, KeyShape | undefined>> = {
  RS256: { kty: 'RSA' },
  RS384: { kty: 'RSA' },
  RS512: { kty: 'RSA' },
  PS256: { kty: 'RSA' },
  PS384: { kty: 'RSA' },
  PS512: { kty: 'RSA' },
  ES256: { kty: 'EC', crv: 'P-256' },
  ES384: { kty: 'EC', crv: 'P-384' },
  ES512: { kty: 'EC', crv: 'P-521' },
  EdDSA: { kty: 'OKP', crv: 'Ed25519' },
  Ed25519: { kty: 'OKP', crv: 'Ed25519' },
}

/** Whether a key may verify signatures of an algorithm, by `kty`, `crv`, `alg`, `use` and `key_ops`. */
export function isCompatible(jwk: Jwk, algorithm: string): boolean {
  const shape = Object.hasOwn(SHAPES, algorithm) ? SHAPES[algorithm] : undefined
  if (shape === undefined || jwk['kty'] !== shape.kty || jwk['crv'] !== shape.crv) return false
  const { alg, use, key_ops: operations } = jwk
  if (alg !== undefined && alg !== algorithm && !isEdwardsAlias(alg, algorithm)) return false
  if (use !== undefined && use !== 'sig') return false
  return operations === undefined || (Array.isArray(operations) && operations.includes('verify'))
}

/** RFC 9864 §2.2: `Ed25519` is the fully-specified name of `EdDSA` with that curve, so either may stand in `alg`. */
function isEdwardsAlias(alg: unknown, algorithm: string): boolean {
  return ['EdDSA', 'Ed25519'].includes(algorithm) && (alg === 'EdDSA' || alg === 'Ed25519')
}

// A longer modulus makes one verification expensive enough for denial of service: DPoP clients choose their own keys.
const MAX_MODULUS_BITS = 8192

/**
 * Reduces a key to its public members (RFC 7518 §6), or says why it is refused. All other members are dropped, so that
 * none of them can influence the import.
 */
export function publicKey(jwk: Jwk): { readonly key: PublicJwk } | { readonly problem: string } {
  if (PRIVATE_MEMBERS.some((name) => Object.hasOwn(jwk, name))) return { problem: 'has private members' }
  const { kty, crv, x, y, n, e } = jwk
  if (kty === 'RSA' && typeof n === 'string' && typeof e === 'string') return rsaKey(n, e)
  if (kty === 'EC' && typeof crv === 'string' && typeof x === 'string' && typeof y === 'string') {
    return hasCoordinates(crv, x, y) ? { key: { kty, crv, x, y } } : { problem: 'has malformed coordinates' }
  }
  if (kty === 'OKP' && crv === 'Ed25519' && typeof x === 'string') {
    return hasCoordinates(crv, x) ? { key: { kty, crv, x } } : { problem: 'has malformed coordinates' }
  }
  return { problem: 'is not an RSA, EC or Ed25519 key' }
}

// RFC 7518 §6.2.2, §6.3.2, §6.4.1, RFC 8037 §2.
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

const COORDINATE_LENGTH: Readonly<Record<string, number | undefined>> = {
  'P-256': 43,
  'P-384': 64,
  'P-521': 88,
  Ed25519: 43,
}

/**
 * RFC 7518 §6.2.1.2: coordinates have the full length of the curve's field. The import checks that the point is on the
 * curve.
 */
function hasCoordinates(crv: string, ...coordinates: string[]): boolean {
  const length = Object.hasOwn(COORDINATE_LENGTH, crv) ? COORDINATE_LENGTH[crv] : undefined
  return coordinates.every((text) => text.length === length && /^[A-Za-z0-9_-]+$/.test(text))
}

function rsaKey(n: string, e: string): { readonly key: PublicJwk } | { readonly problem: string } {
  const modulus = unsignedInteger(n)
  const exponent = unsignedInteger(e)
  if (modulus === undefined || exponent === undefined) return { problem: 'has a malformed modulus or exponent' }
  const bits = modulus.toString(2).length
  // RFC 7518 §3.3: 2048 bits or more.
  if (bits < 2048 || bits > MAX_MODULUS_BITS) return { problem: `has ${bits} bits` }
  // With exponent 1 a signature is the padded message itself, so anybody can forge one. An even exponent has no
  // inverse, so no RSA key has one. A huge one makes verification slow.
  if (exponent < 3n || exponent % 2n === 0n || exponent > 0xffff_ffffn) return { problem: 'has a bad exponent' }
  return { key: { kty: 'RSA', n, e } }
}

/** RFC 7518 §2: Base64urlUInt. */
function unsignedInteger(text: string): bigint | undefined {
  if (!/^[A-Za-z0-9_-]+$/.test(text) || text.length % 4 === 1 || text.length > 2048) return undefined
  const bytes = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  let hex = '0x'
  for (const byte of bytes) hex += byte.charCodeAt(0).toString(16).padStart(2, '0')
  return BigInt(hex)
}
