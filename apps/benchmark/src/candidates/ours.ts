import { createResourceServer, memoryReplayStore } from '@acme/auth-core'
import { nodeResourceRequest } from '@acme/auth-core/node'
import type { AuthOptions, ResourceRequest, ResourceServer } from '@acme/auth-core'

import { AUDIENCE, HOST, PATH } from '../material.js'
import type { KnownIssuer } from '../material.js'
import type { BearerCheck, DpopCheck } from './check.js'

/** Options for the benchmark's issuer. The replay store is on, with room for every proof of a run. */
export function ourOptions({ issuer, jwksUri }: KnownIssuer): AuthOptions {
  const replay = memoryReplayStore({ maxEntries: 1_000_000 })
  return { issuers: [{ issuer, jwksUri }], audience: AUDIENCE, dpop: { replay } }
}

export function resourceServer(issuer: KnownIssuer, options: AuthOptions = {}): ResourceServer {
  return createResourceServer({ ...ourOptions(issuer), ...options })
}

/** The whole of what an adapter does for a Bearer request. */
export function authenticateBearer(name: string, server: ResourceServer): BearerCheck {
  const verify = (authorization: string): Promise<void> => authenticate(server, ['Authorization', authorization])
  return { name, takes: 'authorization', synchronous: false, verify }
}

/** The token alone, as peers verify it. */
export function verifyToken(name: string, server: ResourceServer): BearerCheck {
  return { name, takes: 'token', synchronous: false, verify: (token) => server.verifyAccessToken(token) }
}

export function authenticateDpop(name: string, server: ResourceServer): DpopCheck {
  return {
    name,
    verify: ({ authorization, proof }) => authenticate(server, ['Authorization', authorization, 'DPoP', proof]),
  }
}

/** Node's HTTP parser holds the last request of each connection. */
const connection: { last?: ResourceRequest } = {}

const SOCKET = { remoteAddress: '127.0.0.1' }
const NO_PROXIES = { trustedHops: () => 0 }

/** A request as Node's HTTP server hands it over, with what most clients send along. */
export function requestWith(credentials: readonly string[]): ResourceRequest {
  const rawHeaders = ['Host', HOST, 'Connection', 'keep-alive', 'Accept', '*/*', ...credentials]
  connection.last = nodeResourceRequest({ method: 'GET', url: PATH, rawHeaders, socket: SOCKET }, NO_PROXIES)
  return connection.last
}

async function authenticate(server: ResourceServer, credentials: readonly string[]): Promise<void> {
  const outcome = await server.authenticate(requestWith(credentials))
  if (!outcome.ok) throw outcome.error
}
