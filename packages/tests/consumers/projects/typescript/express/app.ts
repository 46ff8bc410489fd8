import type { AddressInfo } from 'node:net'

import {
  createAuth,
  getAuth,
  getOptionalAuth,
  isAuthError,
  memoryReplayStore,
  optionsFromEnvironment,
} from '@acme/auth-express'
import { requireAuth } from '@acme/auth-express'
import type { AuthContext, AuthEvent, AuthOptions, ResourceServer } from '@acme/auth-express'
import express from 'express'
import type { ErrorRequestHandler, RequestHandler } from 'express'

declare module '@acme/auth-express' {
  interface AccessTokenClaims {
    readonly org_id?: string
  }
}

const seen: AuthEvent['type'][] = []
const options: AuthOptions = {
  ...optionsFromEnvironment(),
  dpop: { mode: 'allowed', replay: memoryReplayStore() },
  onEvent: (event) => seen.push(event.type),
}
const auth = createAuth(options)
// What follows has no annotations: its types have to be named in the declarations.
export const { resourceServer } = auth
export const organization = ({ claims }: AuthContext) => claims.org_id?.toUpperCase()
export const handler: RequestHandler = auth.requireAuth({ anyScope: ['read:items', 'admin'] })
export const status = (server: ResourceServer) => server.issuerStatus()

// Each of these is an error as long as the types are there and are not `any`.
// @ts-expect-error no such option
export const misspelt: AuthOptions = { isuer: 'https://issuer.example.com/' }
// @ts-expect-error a text, and not a number
export const numbered = ({ claims }: AuthContext): number | undefined => claims.org_id
// @ts-expect-error it was not called
export const uncalled: RequestHandler = auth.requireAuth

const failed: ErrorRequestHandler = (error: unknown, _request, response, _next) => {
  response.status(500).json({ refused: isAuthError(error) ? error.reason : null })
}
const app = express()
app.get('/hello', auth.optionalAuth(), (request, response) => {
  response.json({ subject: getOptionalAuth(request)?.subject ?? null })
})
app.use('/guarded', auth.requireAuth())
app.get('/items', requireAuth('read:items'), (request, response) => {
  const caller = getAuth(request)
  response.json({ subject: caller.subject, organization: caller.claims.org_id })
})
app.get('/items/:id', requireAuth('read:items'), (request, response) => {
  response.json({ id: request.params.id, subject: getAuth(request).subject })
})
app.use(failed)
const server = app.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
})
