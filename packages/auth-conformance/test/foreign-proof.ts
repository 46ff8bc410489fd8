import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose'
import type { JWTPayload } from 'jose'

/** A request that is refused, with this error. Any other error is an outage. */
export class Refused extends Error {
  readonly status: number
  /** Of the challenge; none when nothing was sent. */
  readonly error: string | undefined
  readonly nonce: string | undefined

  constructor(status: number, error: string | undefined, nonce?: string) {
    super(error)
    this.status = status
    this.error = error
    this.nonce = nonce
  }
}

const NONCE = 'a-nonce-of-another-server'

/** RFC 9449 §4.3. */
export async function verifyProof(
  request: IncomingMessage,
  token: string,
  jkt: string | undefined,
  wantsNonce: boolean,
  ofHtu: (url: URL) => string,
): Promise<void> {
  const { dpop } = request.headersDistinct
  const [proof = '', ...others] = dpop ?? []
  const { payload, protectedHeader } = await jwtVerify(others.length === 0 ? proof : '', EmbeddedJWK, {
    typ: 'dpop+jwt',
    algorithms: ['ES256'],
    requiredClaims: ['jti', 'htm', 'htu', 'iat', 'ath'],
  }).catch(() => {
    throw new Refused(401, 'invalid_dpop_proof')
  })
  if (!matches(payload, request, token, ofHtu)) throw new Refused(401, 'invalid_dpop_proof')
  if (wantsNonce && payload['nonce'] !== NONCE) throw new Refused(401, 'use_dpop_nonce', NONCE)
  if (!(Math.abs(Date.now() / 1000 - Number(payload.iat)) < 600)) throw new Refused(401, 'invalid_dpop_proof')
  const thumbprint = await calculateJwkThumbprint({ kty: '', ...protectedHeader.jwk })
  if (thumbprint !== jkt) throw new Refused(401, 'invalid_dpop_proof')
}

function matches(
  { htm, htu, ath }: JWTPayload,
  { method, headers, url = '' }: IncomingMessage,
  token: string,
  ofHtu: (url: URL) => string,
): boolean {
  const hash = createHash('sha256').update(token).digest('base64url')
  const target = normalized(`http://${headers.host}${url}`, ofHtu)
  return htm === method && ath === hash && typeof htu === 'string' && target !== '' && normalized(htu, ofHtu) === target
}

/** RFC 3986 §6.2.2 and §6.2.3, without query and fragment. */
function normalized(text: string, ofHtu: (url: URL) => string): string {
  if (!URL.canParse(text)) return ''
  const url = new URL(text)
  return (
    ofHtu(url) +
    url.pathname.replaceAll(/%[\da-f]{2}/gi, (escape) => {
      const character = String.fromCodePoint(Number.parseInt(escape.slice(1), 16))
      return /[\w.~-]/.test(character) ? character : escape
    })
  )
}
