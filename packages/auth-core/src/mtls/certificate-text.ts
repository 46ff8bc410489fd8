import type { CertificateFormat } from './mtls-options.js'

/** What a header says of a certificate: its bytes in DER, or the SHA-256 of these in base64url. */
export type ReadCertificate = { readonly der: Uint8Array } | { readonly thumbprint: string }

/** Characters. A certificate takes about two thousand; Node accepts 16 KiB of headers. */
export const MAX_CERTIFICATE = 16_384

/**
 * Reads the certificate that a proxy wrote into a header. Only its form is checked, and nothing in it: a thumbprint is
 * made of the bytes (RFC 8705 §3.1), and whoever can write them is trusted.
 *
 * @returns undefined for what is none
 */
export function readCertificate(text: string, format: CertificateFormat): ReadCertificate | undefined {
  if (text.length > MAX_CERTIFICATE) return undefined
  return READERS[format](text)
}

const READERS: Readonly<Record<CertificateFormat, (text: string) => ReadCertificate | undefined>> = {
  // RFC 8941 §3.3.5 byte sequence. Several header lines, joined, are none.
  rfc9440: (text) => (/^:[^:]*:$/.test(text) ? fromDer(text.slice(1, -1)) : undefined),
  'base64-der': fromDer,
  'escaped-pem': fromEscapedPem,
  xfcc: fromXfcc,
}

/** Of DER in base64 (RFC 4648 §4), padded. */
function fromDer(text: string): ReadCertificate | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined
  const der = Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  return isOneSequence(der) ? { der } : undefined
}

/** Whether bytes are one SEQUENCE and nothing more, as a certificate is (RFC 5280 §4.1; X.690 §8.1.3, §10.1). */
function isOneSequence(der: Uint8Array): boolean {
  const [tag, first = 0] = der
  if (tag !== 0x30) return false
  if (first < 0x80) return der.length === 2 + first
  // The long form, in as few bytes as possible: two for every certificate that fits here.
  const lengthBytes = first - 0x80
  if (lengthBytes < 1 || lengthBytes > 2) return false
  const length = der.subarray(2, 2 + lengthBytes).reduce((sum, byte) => sum * 256 + byte, 0)
  return length >= (lengthBytes === 1 ? 0x80 : 0x100) && der.length === 2 + lengthBytes + length
}

// RFC 7468 §3: of one or several certificates, the first. TLS sends the client's own first (RFC 8446 §4.4.2).
const PEM = /^\s*-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----(?:\s|$)/

function fromEscapedPem(text: string): ReadCertificate | undefined {
  // Neither a comma nor a space is left of what was escaped: the line of a client and that of the proxy, joined, are refused.
  if (!/^[A-Za-z0-9%+/=_.~-]+$/.test(text)) return undefined
  const [, base64] = PEM.exec(percentDecoded(text) ?? '') ?? []
  return base64 === undefined ? undefined : fromDer(base64.replace(/\s+/g, ''))
}

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

// One key and value of an element. A value that holds a comma, a semicolon or an equals sign is quoted.
// Neither part can match white space that the next could match as well: backtracking would be quadratic.
const PAIR = /\s*([A-Za-z]+)=(?:"((?:[^"\\]|\\.)*)"\s*|([^",;\\]*))(;|,|$)/y

/** Envoy's `X-Forwarded-Client-Cert`: of several elements the last one, which the nearest proxy appended. */
function fromXfcc(text: string): ReadCertificate | undefined {
  let element = new Map<string, string>()
  for (let at = 0; ;) {
    PAIR.lastIndex = at
    const [whole, key = '', quoted, plain = '', end] = PAIR.exec(text) ?? []
    // RFC 9110 has nothing to say of it: whatever is not understood is no certificate, wherever it stands.
    if (whole === undefined || element.has(key.toLowerCase())) return undefined
    element.set(key.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain.trim())
    if (end === '') return fromElement(element)
    if (end === ',') element = new Map()
    at += whole.length
  }
}

function fromElement(element: ReadonlyMap<string, string>): ReadCertificate | undefined {
  const certificate = element.get('cert')
  // The whole certificate tells more than its hash, which is then of no use.
  if (certificate !== undefined) return fromEscapedPem(certificate)
  const hash = element.get('hash') ?? ''
  if (!/^[0-9A-Fa-f]{64}$/.test(hash)) return undefined
  const bytes = hash.match(/../g) ?? []
  const binary = bytes.map((hex) => String.fromCharCode(Number.parseInt(hex, 16))).join('')
  return { thumbprint: btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '') }
}
