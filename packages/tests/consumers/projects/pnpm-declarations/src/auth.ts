import { createAuth, getAuth } from '@acme/auth-express'
import type { Request, RequestHandler } from 'express'

declare module '@acme/auth-express' {
  interface AccessTokenClaims {
    readonly org_id?: string
  }
}

const auth = createAuth({ domain: 'tenant.auth0.com', audience: 'https://api.example.com' })

// What follows has no annotations: its types have to be named in the declarations.
export const { resourceServer } = auth
export const status = () => resourceServer.issuerStatus()
export const wanted = resourceServer.requirements('read:items')
export const verify = (token: string) => resourceServer.verifyAccessToken(token)
export const organization = (request: Request) => getAuth(request).claims.org_id?.toUpperCase()
export const guard: RequestHandler = auth.requireAuth('read:items')
// @ts-expect-error it was not called
export const mistake: RequestHandler = auth.requireAuth
