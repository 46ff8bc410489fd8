import { configurationError, rejectUndefined, rejectUnknownNames, requireObject } from '../options/option-checks.js'
import { isPlainObject } from '../util/json.js'

/** How access tokens are judged that are bound to a client's certificate (RFC 8705 §3). */
export interface MtlsOptions {
  /**
   * Where the certificate of the client is: `'connection'`, that of the TLS connection to this process; or the one header
   * that the proxy in front writes it into. A header counts only from a proxy that the framework trusts, which must write or
   * remove it on each request.
   */
  readonly certificate: 'connection' | CertificateHeaderOptions
  /**
   * Refuses tokens sent as Bearer that are bound to no certificate. With `dpop.mode` `'disabled'` each token must be bound to
   * one; otherwise to that, or to a key of DPoP. @defaultValue false
   */
  readonly required?: boolean
}

/** The header in which a proxy that terminates TLS hands the certificate on. */
export interface CertificateHeaderOptions {
  /** @defaultValue 'Client-Cert' for `rfc9440`, 'X-Forwarded-Client-Cert' for `xfcc` */
  readonly header?: string
  /**
   * `rfc9440`: `:base64 of DER:` (RFC 9440 §2.2). `base64-der`: the same without colons. `escaped-pem`: percent-encoded PEM,
   * the client's certificate first, as nginx (`$ssl_client_escaped_cert`) and AWS load balancers send it. `xfcc`: Envoy's,
   * by `Hash` or `Cert` of the last element.
   */
  readonly format: CertificateFormat
}

export type CertificateFormat = 'rfc9440' | 'base64-der' | 'escaped-pem' | 'xfcc'

/** {@link MtlsOptions}, checked and with defaults. */
export interface MtlsSettings {
  /** Undefined: the certificate of the connection. The name is in lower case. */
  readonly header: { readonly name: string; readonly format: CertificateFormat } | undefined
  readonly required: boolean
}

const USUAL_HEADERS: Readonly<Record<CertificateFormat, string | undefined>> = {
  rfc9440: 'client-cert',
  'base64-der': undefined,
  'escaped-pem': undefined,
  xfcc: 'x-forwarded-client-cert',
}

/** Reads the option `mtls`. @throws {TypeError} that names the option, what was given and what is wanted */
export function readMtlsOptions(given: unknown, name: string): MtlsSettings | undefined {
  if (given === undefined) return undefined
  requireObject(name, given, "an object such as { certificate: 'connection' }")
  const options = given as Readonly<Record<string, unknown>> // just checked
  rejectUnknownNames(name, options, ['certificate', 'required'])
  rejectUndefined(`${name}.`, options)
  const { certificate, required = false } = options
  if (typeof required !== 'boolean') throw configurationError(`${name}.required`, required, 'true or false')
  const header = certificate === 'connection' ? undefined : readHeader(`${name}.certificate`, certificate)
  return Object.freeze({ header, required })
}

function readHeader(name: string, given: unknown): NonNullable<MtlsSettings['header']> {
  if (!isPlainObject(given)) {
    throw configurationError(name, given, "'connection', or a header such as { format: 'rfc9440' }")
  }
  rejectUnknownNames(name, given, ['header', 'format'])
  rejectUndefined(`${name}.`, given)
  const { format } = given
  if (!isFormat(format)) {
    const formats = Object.keys(USUAL_HEADERS).map((one) => `'${one}'`)
    throw configurationError(`${name}.format`, format, formats.join(' or '))
  }
  const { header = USUAL_HEADERS[format] } = given
  // RFC 9110 §5.6.2 token. These never hold a certificate, and some of them anything that a client likes.
  if (typeof header !== 'string' || !/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/.test(header) || isTaken(header)) {
    throw configurationError(`${name}.header`, header, 'the name of the header that the proxy writes')
  }
  return Object.freeze({ name: header.toLowerCase(), format })
}

function isFormat(format: unknown): format is CertificateFormat {
  return typeof format === 'string' && Object.hasOwn(USUAL_HEADERS, format)
}

function isTaken(header: string): boolean {
  return ['authorization', 'dpop', 'host', 'cookie', 'forwarded'].includes(header.toLowerCase())
}
