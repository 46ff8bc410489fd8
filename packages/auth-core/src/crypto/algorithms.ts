import { configurationError } from '../options/option-checks.js'
import type { OptionReader } from '../options/read-options.js'

/**
 * An asymmetric JWS algorithm (RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2). `createResourceServer` throws a TypeError
 * for any other: with HS* a public key would serve as the secret (RFC 8725 §2.1), and `none` is unsigned (RFC 8725
 * §3.2).
 */
export type Algorithm =
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'EdDSA'
  | 'Ed25519'

const ALGORITHMS: readonly Algorithm[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]

/** Refuses an empty list, and an algorithm that is symmetric, `none` or unknown. */
export function readAlgorithms(fallback: readonly Algorithm[]): OptionReader<readonly Algorithm[]> {
  return (given, name) => {
    if (given === undefined) return fallback
    const known: readonly unknown[] = ALGORITHMS
    if (!Array.isArray(given) || given.length === 0 || !given.every((one) => known.includes(one))) {
      throw configurationError(name, given, `a list of ${ALGORITHMS.join(', ')}`)
    }
    return Object.freeze([...new Set<Algorithm>(given)])
  }
}
