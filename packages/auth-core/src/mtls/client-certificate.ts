import { sha256 } from '#crypto'

import { refusal } from '../outcome/errors.js'
import type { AuthError } from '../outcome/errors.js'
import { headerValues } from '../request/resource-request.js'
import type { ResourceRequest } from '../request/resource-request.js'
import type { MaybePromise } from '../util/maybe-promise.js'
import { isPending } from '../util/maybe-promise.js'
import { MAX_CERTIFICATE, readCertificate } from './certificate-text.js'
import type { MtlsSettings } from './mtls-options.js'

/** How tokens are judged that are bound to a certificate. */
export interface CertificatePolicy {
  /** Whether a token sent as Bearer must be bound to one. */
  readonly required: boolean
  /**
   * Holds the certificate of a request against the thumbprint that the token confirms (RFC 8705 §3).
   *
   * @throws {AuthError} `certificate_missing`, `certificate_malformed`, `certificate_mismatch`
   */
  check(request: ResourceRequest, thumbprint: string): MaybePromise<void>
}

/** @returns undefined where the option `mtls` is not given: tokens that are bound to a certificate are refused then */
export function createCertificatePolicy(settings: MtlsSettings | undefined): CertificatePolicy | undefined {
  if (settings === undefined) return undefined
  const { header, required } = settings
  const thumbprintOf = header === undefined ? ofConnection : ofHeader.bind(undefined, header)
  return {
    required,
    check(request, thumbprint) {
      const actual = thumbprintOf(request)
      return isPending(actual)
        ? actual.then((settled) => requireSame(settled, thumbprint))
        : requireSame(actual, thumbprint)
    },
  }
}

/**
 * RFC 8705 §6.2: the chain need not be validated here, since the issuer has authenticated the client; and a self-signed
 * certificate binds as well as any other (§2.2).
 */
function ofConnection(request: ResourceRequest): MaybePromise<string> {
  const der = request.peerCertificate
  if (der === undefined || der.length === 0) {
    throw missing(
      'the connection has no client certificate: want TLS to this process, with requestCert, on a runtime that tells',
    )
  }
  return sha256(der)
}

function ofHeader(
  { name, format }: NonNullable<MtlsSettings['header']>,
  request: ResourceRequest,
): MaybePromise<string> {
  const values = headerValues(request, name)
  // RFC 9440 §2.4: from anybody but the proxy it is forged, and must not count.
  if (request.trustedHops([request.peer ?? '']) < 1) {
    const setting = request.proxySetting ?? 'the setting of trusted proxies'
    throw missing(`the peer is no trusted proxy (${setting}), so that no header counts`)
  }
  if (values.length > 1) throw refusal('certificate_malformed', `${values.length} lines of the header ${name}`)
  const [text = ''] = values
  if (text === '') throw missing(`no header ${name}: does the proxy ask for certificates, and hand them on?`)
  const certificate = readCertificate(text, format)
  if (certificate === undefined) {
    const length = text.length > MAX_CERTIFICATE ? `, and has ${text.length} characters` : ''
    throw refusal('certificate_malformed', `the header ${name} is not of the format ${format}${length}`)
  }
  return 'thumbprint' in certificate ? certificate.thumbprint : sha256(certificate.der)
}

/** RFC 8705 §3: 401 and `invalid_token`. */
function requireSame(actual: string, expected: string): void {
  if (actual !== expected)
    throw refusal('certificate_mismatch', `the certificate is ${actual}, cnf.x5t#S256 another one`)
}

function missing(detail: string): AuthError {
  return refusal('certificate_missing', detail)
}
