import { base64url } from '@acme/auth-testing'

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** A JWS of ES256 with the other valid ECDSA signature of the same text: (r, n - s). */
export function highSTwin(jws: string): string {
  const end = jws.lastIndexOf('.')
  const signature = Buffer.from(jws.slice(end + 1), 'base64url')
  const s = ORDER - BigInt(`0x${signature.subarray(32).toString('hex')}`)
  const twin = Buffer.concat([signature.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')])
  return `${jws.slice(0, end + 1)}${base64url(twin)}`
}
