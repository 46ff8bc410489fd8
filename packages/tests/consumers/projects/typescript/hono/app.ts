import { createAuth, isAuthError, memoryReplayStore, optionsFromEnvironment, requireAuth } from '@acme/auth-hono'
import type { AuthContext, AuthEvent, HonoAuthOptions } from '@acme/auth-hono'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'

declare module '@acme/auth-hono' {
  interface AccessTokenClaims {
    readonly org_id?: string
  }
}
interface Bindings {
  readonly AUDIENCE: string
}

const seen: AuthEvent['type'][] = []
const options: HonoAuthOptions = {
  ...optionsFromEnvironment(),
  trustProxy: 'loopback',
  dpop: { replay: memoryReplayStore() },
  onEvent: (event) => seen.push(event.type),
}
const auth = createAuth(options)
const tenants = createAuth((c: Context<{ Bindings: Bindings }>) => ({ ...options, audience: c.env.AUDIENCE }))
// What follows has no annotations: its types have to be named in the declarations.
export const { resourceServer } = auth
export const organization = ({ claims }: AuthContext) => claims.org_id?.toUpperCase()
export const guard = auth.requireAuth({ anyScope: ['read:items', 'admin'] })
export const items = new Hono()
  .use(requireAuth('read:items'))
  .get('/items', (c) => c.json({ subject: c.var.auth.subject, organization: c.var.auth.claims.org_id }))

// Each of these is an error as long as the types are there and are not `any`.
// @ts-expect-error no such option
export const misspelt: HonoAuthOptions = { isuer: 'https://issuer.example.com/' }
// @ts-expect-error a text, and not a number
export const numbered = ({ claims }: AuthContext): number | undefined => claims.org_id
// @ts-expect-error null for an anonymous request
export const anonymous = new Hono().get('/', auth.optionalAuth(), (c) => c.json(c.var.auth.subject))

const app = new Hono<{ Bindings: Bindings }>()
app.onError((error, c) => {
  if (isAuthError(error.cause)) seen.push('decision')
  return error instanceof HTTPException ? error.getResponse() : c.json({}, 500)
})
app.get('/hello', auth.optionalAuth(), (c) => c.json({ subject: c.var.auth?.subject ?? null }))
app.get('/tenant/:id', tenants.requireAuth(), (c) => c.json({ id: c.req.param('id'), subject: c.var.auth.subject }))
app.route('/', items)
serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => {
  process.stdout.write(`http://127.0.0.1:${port}\n`)
})
