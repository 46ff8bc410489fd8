import { auth0Plugin, getAuth, isAuthError, memoryReplayStore, optionsFromEnvironment } from '@acme/auth-fastify'
import type { AuthContext, AuthEvent, FastifyAuth, FastifyAuthOptions } from '@acme/auth-fastify'
import fastify from 'fastify'
import type { FastifyInstance } from 'fastify'

declare module '@acme/auth-fastify' {
  interface AccessTokenClaims {
    readonly org_id?: string
  }
}
declare module 'fastify' {
  interface FastifyInstance {
    partner: FastifyAuth
  }
  interface FastifyRequest {
    partner: AuthContext | null
  }
}

const seen: AuthEvent['type'][] = []
const options: FastifyAuthOptions = {
  ...optionsFromEnvironment(),
  name: 'partner',
  dpop: { replay: memoryReplayStore() },
  onEvent: (event) => seen.push(event.type),
}
// What follows has no annotations: its types have to be named in the declarations.
export const organization = ({ claims }: AuthContext) => claims.org_id?.toUpperCase()
export const guard = (app: FastifyInstance) => app.requireAuth({ scopes: ['read:items'] })

// Each of these is an error as long as the types are there and are not `any`.
// @ts-expect-error no such option
export const misspelt: FastifyAuthOptions = { isuer: 'https://issuer.example.com/' }
// @ts-expect-error a text, and not a number
export const numbered = ({ claims }: AuthContext): number | undefined => claims.org_id

async function main(): Promise<void> {
  const app = fastify()
  await app.register(auth0Plugin)
  await app.register(auth0Plugin, options)
  app.setErrorHandler((error, _request, reply) =>
    reply.code(500).send({ refused: isAuthError(error) ? error.reason : null }),
  )
  app.get('/hello', { onRequest: app.optionalAuth() }, (request) => ({ subject: request.auth?.subject ?? null }))
  app.get('/partner', { preHandler: app.partner.requireAuth() }, (request) => request.partner?.scopes ?? [])
  app.get('/items', { onRequest: app.requireAuth('read:items') }, (request) => {
    const caller = getAuth(request)
    return { subject: caller.subject, organization: caller.claims.org_id }
  })
  app.get<{ Params: { id: string } }>('/items/:id', { onRequest: [app.requireAuth('read:items')] }, (request) => ({
    id: request.params.id,
    subject: getAuth(request).subject,
  }))
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  process.stdout.write(`${url}\n`)
}

void main()
