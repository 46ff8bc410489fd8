import { Hono } from 'hono'
import { jwk } from 'hono/jwk'
import type { MiddlewareHandler } from 'hono'

import { AUDIENCE, PATH } from '../material.js'
import type { KnownIssuer } from '../material.js'
import type { BearerCheck } from './check.js'

/** Through `app.request`, which makes a Request: see {@link honoBare} for what that costs. */
export function honoJwk(issuer: KnownIssuer): BearerCheck {
  const app = new Hono().use(honoMiddleware(issuer)).get(PATH, (c) => c.text('ok'))
  return { name: 'hono jwk', takes: 'authorization', synchronous: false, verify: (text) => request(app, text) }
}

export function honoBare(): BearerCheck {
  const app = new Hono().get(PATH, (c) => c.text('ok'))
  return { name: 'hono, no check', takes: 'authorization', synchronous: false, verify: (text) => request(app, text) }
}

/** Exported for the HTTP part. Its `jwks_uri` would fetch the keys for every request. */
export function honoMiddleware({ issuer, signingKey }: KnownIssuer): MiddlewareHandler {
  const { kid, publicJwk } = signingKey
  const key = { ...publicJwk, kid }
  return jwk({
    keys: [key],
    alg: ['RS256'],
    verification: { iss: issuer, aud: AUDIENCE, typ: 'at+jwt' },
  })
}

async function request(app: Hono, authorization: string): Promise<void> {
  const response = await app.request(PATH, { headers: { authorization } })
  if (response.status !== 200) throw new Error(`status ${response.status}`)
}
