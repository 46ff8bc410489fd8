import type { FastifyInstance, RouteOptions } from 'fastify'

/** A route, as Fastify tells of it when it is declared. */
export interface DeclaredRoute {
  /** Whose hooks are met before those of the route: those that are added later too, until the application is ready. */
  readonly instance: object
  /** Of the route: Fastify, and other plugins, add to it later. */
  readonly options: RouteOptions
  readonly methods: readonly string[]
  readonly url: string
  /** Whether it is the `/` of a prefix: then Fastify adds one with a slash at the end, and tells nobody. */
  readonly ofPrefix: boolean
}

// Registered, so that routes are found across duplicate installs. On the HTTP server, which all instances share.
const ROUTES: unique symbol = Symbol.for('@acme/auth-fastify.routes')

interface Server {
  [ROUTES]?: DeclaredRoute[]
}

/** Keeps what a census reads. As many as the application has routes. */
export function rememberRoute(instance: FastifyInstance, options: RouteOptions & { readonly routePath: string }): void {
  const server = instance.server as object as Server // it may have the symbol
  if (server[ROUTES] === undefined) Object.defineProperty(server, ROUTES, { value: [] })
  const methods = [options.method].flat()
  server[ROUTES]?.push({ instance, options, methods, url: options.url, ofPrefix: options.routePath === '' })
}

/** The routes of an application that were declared after the plugin was registered, in its scope. */
export function declaredRoutes({ server }: Pick<FastifyInstance, 'server'>): readonly DeclaredRoute[] {
  return (server as object as Server)[ROUTES] ?? [] // set above only
}
