import { createAuth } from '@acme/auth-hono'
import type { AuthContext, AuthOptions, HonoAuth, TrustProxy } from '@acme/auth-hono'
import type { ContractConfiguration, ContractRoute } from '@acme/auth-conformance'
import { Hono } from 'hono'

/** What `contractAnswer` of the contract says; that one needs Node. */
function answer(auth: AuthContext | null): object {
  return auth === null ? { sub: null } : { sub: auth.subject, scheme: auth.scheme, scopes: auth.scopes }
}

function routerOf(auth: HonoAuth, { path, wanted, serves, guard }: ContractRoute): Hono {
  const router = new Hono()
  if (serves === 'traces') {
    if (guard !== 'none' && wanted !== 'optional') router.get(path, auth.requireAuth(...wanted))
    router.get(path, auth.traceRoute())
  } else if (wanted === 'optional') router.all(path, auth.optionalAuth(), (c) => c.json(answer(c.var.auth)))
  else router.all(path, auth.requireAuth(...wanted), (c) => c.json(answer(c.var.auth)))
  return router
}

/** What `adapterOptions` of the contract does; that one needs Node, too. */
function withIntrospection({ introspection, ...options }: ContractConfiguration['options']): AuthOptions {
  if (introspection === undefined) return options
  const introspect: NonNullable<AuthOptions['opaqueTokens']>['introspect'] = async (token, { fetch }) => {
    const response = await fetch(introspection.endpoint, { method: 'POST', body: new URLSearchParams({ token }) })
    if (response.status !== 200) throw new Error(`the introspection endpoint answered ${response.status}`)
    return response.json()
  }
  return { ...options, opaqueTokens: { introspect } }
}

/**
 * The contract's application, from published entry points only: the same on every runtime. `loopback` is what stands
 * for the loopback addresses there.
 */
export function createApp(configuration: string, loopback: TrustProxy = 'loopback'): Hono {
  const { options: given, trustProxy, routes } = JSON.parse(configuration) as ContractConfiguration // written by the test
  const options = withIntrospection(given)
  // With the mode nothing is left to the variables of a Worker, and there is a resource server before the first request.
  const dpop = { mode: 'allowed', ...options.dpop } as const
  const auth = createAuth({ ...options, dpop, trustProxy: trustProxy === 'loopback' ? loopback : trustProxy })
  const app = new Hono()
  app.get('/ready', async (c) => {
    const readiness = await auth.resourceServer.ready()
    return c.json(readiness, readiness.ready ? 200 : 503)
  })
  app.use('/app/*', auth.requireAuth())
  for (const route of routes) app.route(route.mountedAt ?? '/', routerOf(auth, route))
  return app
}
