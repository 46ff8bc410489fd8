import { auth } from 'express-oauth2-jwt-bearer'
import type { Request, Response } from 'express'

import { AUDIENCE, HOST, PATH } from '../material.js'
import type { KnownIssuer } from '../material.js'
import type { BearerCheck, DpopCheck } from './check.js'

const NAME = 'express-oauth2-jwt-bearer'

export function expressBearer(issuer: KnownIssuer): BearerCheck {
  const middleware = expressMiddleware(issuer)
  return {
    name: NAME,
    takes: 'authorization',
    synchronous: false,
    verify: (authorization) => call(middleware, { host: HOST, authorization }),
  }
}

export function expressDpop(issuer: KnownIssuer): DpopCheck {
  const middleware = expressMiddleware(issuer)
  return {
    name: NAME,
    verify: ({ authorization, proof }) => call(middleware, { host: HOST, authorization, dpop: proof }),
  }
}

/** Exported for the HTTP part. */
export function expressMiddleware({ issuer, jwksUri }: KnownIssuer): ReturnType<typeof auth> {
  return auth({ issuer, jwksUri, audience: AUDIENCE, tokenSigningAlg: 'RS256', dpop: { enabled: true } })
}

/** The members of Express' request that the middleware reads. */
function call(middleware: ReturnType<typeof auth>, headers: Record<string, string>): Promise<void> {
  const request = {
    headers,
    method: 'GET',
    protocol: 'http',
    originalUrl: PATH,
    query: {},
    get: (name: string) => headers[name.toLowerCase()],
    is: () => false,
    app: { get: () => () => false },
  } as unknown as Request // all that is read of it
  return new Promise((resolve, reject) => {
    const next = (error?: unknown): void => (error === undefined ? resolve() : reject(error))
    void middleware(request, {} as Response, next) // it never touches the response
  })
}
