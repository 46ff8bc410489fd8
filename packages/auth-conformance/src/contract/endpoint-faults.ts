import { gzipSync } from 'node:zlib'

import type { ListeningTestIssuer, TestEndpoint, TestFault } from '@acme/auth-testing'

/** Metadata or a key set. */
export type Document = Readonly<Record<string, unknown>>

// A bad document is the good one with one thing wrong, so that nothing else can be the reason for refusing it.
const PADDING = 'x'.repeat(10_000_000)
/** Entries of a key set that has too many. */
export const MANY: readonly unknown[] = Array.from({ length: 10_000 }, () => ({ kty: 'EC' }))

/** What an endpoint does in place of answering with its good document. */
export const FAULTS: Readonly<Record<string, (good: Document) => TestFault>> = {
  'answers 500': () => ({ status: 500 }),
  'answers 500 with a good body': (good) => ({ status: 500, body: JSON.stringify(good) }),
  'answers 204': () => ({ status: 204 }),
  'answers 429': () => ({ status: 429, headers: { 'retry-after': '7' } }),
  'resets the connection': () => 'reset',
  'redirects to itself': () => 'redirect-loop',
  'redirects to nowhere': () => ({ status: 302 }),
  'answers HTML with 200': () => ({ body: '<!doctype html><p>Maintenance</p>', contentType: 'text/html' }),
  'answers nothing with 200': () => ({ body: '' }),
  'answers half a document': (good) => ({ body: JSON.stringify(good).slice(0, -1) }),
  'answers 10 MB': (good) => ({ body: JSON.stringify({ ...good, padding: PADDING }) }),
  'answers 10 MB in a few KB of gzip': (good) => gzipped(gzipSync(JSON.stringify({ ...good, padding: PADDING }))),
  'answers gzip that is none': (good) => gzipped(JSON.stringify(good)),
  'answers an array': (good) => ({ body: JSON.stringify([good]) }),
  'answers a number': () => ({ body: '42' }),
  'answers null': () => ({ body: 'null' }),
  'answers text': (good) => ({ body: JSON.stringify(JSON.stringify(good)) }),
}

// With these there are no keys, whatever a server believes of documents.
export const OUTAGES: ReadonlySet<string> = new Set([
  'answers 500',
  'resets the connection',
  'answers HTML with 200',
  'answers nothing with 200',
  'answers half a document',
])

/** The same, when only the time tells. */
export const TIMEOUTS: Readonly<Record<string, TestFault>> = {
  'stalls amid the body': 'stall',
  'sends a byte now and then': 'trickle',
  'accepts and never answers': { delay: 3_600_000 },
}

function gzipped(body: string | Uint8Array): TestFault {
  return { status: 200, headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' }, body }
}

/** What an endpoint answers when nothing is wrong. */
export function goodDocument(endpoint: TestEndpoint, { issuer, jwksUri, signingKey }: ListeningTestIssuer): Document {
  return endpoint === 'keys' ? { keys: [signingKey.publicJwk] } : { issuer, jwks_uri: jwksUri }
}
