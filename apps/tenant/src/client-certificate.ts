import { X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/**
 * The certificate of a client, as a proxy that ends TLS in front of the tenant hands it on (RFC 9440 §2.2). There is none on
 * this machine, so that whoever calls may say what it shows.
 */
export function certificateOf({ headers }: IncomingMessage): X509Certificate | undefined {
  const value = headers['client-cert']
  const [, base64] = typeof value === 'string' ? (/^:([A-Za-z0-9+/=]+):$/.exec(value) ?? []) : []
  try {
    return base64 === undefined ? undefined : new X509Certificate(Buffer.from(base64, 'base64'))
  } catch {
    return undefined
  }
}
