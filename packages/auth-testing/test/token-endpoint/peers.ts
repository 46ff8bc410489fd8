import * as client from 'openid-client'

import { createTestIssuer, startTestIssuer, type TestIssuer, type TestIssuerOptions } from '../../src/index.js'

/** How a client reaches its issuer. */
export type Reach = 'socket' | 'in process'

/** An issuer, and how to reach it. */
export interface Peer {
  readonly issuer: TestIssuer
  readonly fetch: client.CustomFetch
  close(): Promise<void>
}

/** An issuer behind a socket, or none. */
export async function startPeer(reach: Reach, options: Omit<TestIssuerOptions, 'issuer'>): Promise<Peer> {
  if (reach === 'socket') {
    const issuer = await startTestIssuer(options)
    return { issuer, fetch: customFetch(globalThis.fetch), close: () => issuer.close() }
  }
  const issuer = await createTestIssuer(options)
  return { issuer, fetch: customFetch(issuer.fetch), close: () => Promise.resolve() }
}

/** A `fetch` in openid-client's terms. */
export function customFetch(fetch: typeof globalThis.fetch): client.CustomFetch {
  return (url, { body, ...init }) => fetch(url, { ...init, body: body ?? null })
}

/** A client of it, by discovery. */
export function discover(
  { issuer, fetch }: Peer,
  id: string,
  authentication: client.ClientAuth,
): Promise<client.Configuration> {
  return client.discovery(new URL(issuer.issuer), id, undefined, authentication, {
    execute: [client.allowInsecureRequests],
    [client.customFetch]: fetch,
  })
}

/** Answers an authorization URL as a browser would that has no user. */
export async function visit({ fetch }: Peer, url: URL): Promise<URL> {
  const init = { method: 'GET', redirect: 'manual', headers: {}, body: undefined } as const
  const response = await fetch(url.href, init)
  return new URL(response.headers.get('location') ?? '')
}
