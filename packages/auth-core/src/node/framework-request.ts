import type { RequestLog, ResourceRequest } from '../request/resource-request.js'
import { keepShape } from '../util/keep-shape.js'
import { NodeResourceRequest } from './node-request.js'
import type { NodeRequest } from './node-request.js'
import { countTrusted } from './trust-proxy.js'
import type { TrustFunction } from './trust-proxy.js'

/** The part of a Fastify request that is read here. */
export interface FastifyProxyRequest {
  readonly ips?: readonly string[] | undefined
  /** The instance whose route it is. */
  readonly server?: object
}

/**
 * How many hops Fastify's `trustProxy` trusts. Fastify does not hand out its compiled setting, but its `ips` is the
 * chain up to and with the first untrusted address. It is asked about this chain with one more address at the end, so
 * that an end that is trusted can be told from one that is not.
 */
export function countTrustedByFastify(request: FastifyProxyRequest, chain: readonly string[]): number {
  // `ips` would take the promise of an async function for trust.
  const trusts = fastifyTrustFunction(request.server ?? null)
  if (trusts !== undefined) return countTrusted(chain, trusts)
  const [peer = '', ...outer] = chain
  const probe = {
    raw: {
      socket: { remoteAddress: peer },
      headers: { 'x-forwarded-for': ['0.0.0.0', ...outer.toReversed()].join(', ') },
    },
  }
  const ips: unknown = Reflect.get(request, 'ips', probe)
  return Array.isArray(ips) ? ips.length - 1 : 0
}

/** Where Fastify keeps the options that it was made with. It does not hand out the symbol. */
let fastifyOptions: symbol | undefined

/** The `trustProxy` of an instance of Fastify, or of the one that it is a scope of, if it is a function. */
function fastifyTrustFunction(server: object | null): TrustFunction | undefined {
  if (server === null) return undefined
  fastifyOptions ??= Object.getOwnPropertySymbols(server).find(({ description }) => description === 'fastify.options')
  const options: unknown = fastifyOptions === undefined ? undefined : Reflect.get(server, fastifyOptions)
  if (typeof options !== 'object' || options === null) {
    return fastifyTrustFunction(Object.getPrototypeOf(server) as object | null) // an object's own prototype
  }
  const trusts: unknown = Reflect.get(options, 'trustProxy')
  return typeof trusts === 'function' ? (trusts as TrustFunction) : undefined // Fastify calls it so
}

/** A request of Express, or of Fastify around Node's. */
export interface FrameworkRequest extends NodeRequest, FastifyProxyRequest {
  /** The request target as it came, whatever routers have cut off since. */
  readonly originalUrl: string
  readonly raw?: NodeRequest
  readonly app?: { get(setting: string): unknown }
  /** Fastify's, or pino-http's. */
  readonly id?: unknown
  readonly log?: unknown
  /** Fastify's. */
  readonly routeOptions?: { readonly url?: unknown }
  /** Express'. */
  readonly route?: unknown
  readonly baseUrl?: unknown
}

/** What an adapter says of the framework. */
export interface FrameworkRequestOptions extends Pick<ResourceRequest, 'proxySetting' | 'log'> {}

/**
 * The {@link ResourceRequest} of a request of Express or Fastify, which trusts proxies by the framework's own setting.
 * Its id, its log and its route are the framework's, or those of pino-http.
 *
 * @example
 * ```ts
 * import { createResourceServer } from '@acme/auth-core'
 * import { frameworkResourceRequest } from '@acme/auth-core/node'
 * import express from 'express'
 *
 * const resourceServer = createResourceServer({ issuer: 'https://issuer.example.com/', audience: 'https://api.example.com' })
 * const app = express()
 * app.get('/me', async (req, res) => {
 *   const outcome = await resourceServer.authenticate(frameworkResourceRequest(req))
 *   if (outcome.ok) res.json({ sub: outcome.auth?.subject })
 *   else res.status(outcome.status).set(outcome.headers).send(outcome.body)
 * })
 * ```
 */
export function frameworkResourceRequest(
  request: FrameworkRequest,
  options: FrameworkRequestOptions = NO_OPTIONS,
): ResourceRequest {
  // Express' request is Node's own, or what emulates it; Fastify has `headers` too, over those of Node.
  const incoming: NodeRequest = (request.rawHeaders === undefined ? request.raw : undefined) ?? request
  if (incoming.rawHeaders === undefined && incoming.headers === undefined)
    throw new TypeError('neither a request of Express nor one of Fastify')
  return new FrameworkResourceRequest(request, incoming, options)
}

const NO_OPTIONS: FrameworkRequestOptions = {}

/** Express changes the prototype of each request, which makes every access to one slow. */
class FrameworkResourceRequest extends NodeResourceRequest {
  readonly #request: FrameworkRequest
  readonly #options: FrameworkRequestOptions

  static {
    keepShape(new FrameworkResourceRequest({ originalUrl: '' }, {}, NO_OPTIONS))
  }

  constructor(request: FrameworkRequest, incoming: NodeRequest, options: FrameworkRequestOptions) {
    super(incoming, request.headers, options)
    this.#request = request
    this.#options = options
  }

  get requestId(): unknown {
    return this.#request.id
  }

  get route(): unknown {
    const { routeOptions, route, baseUrl } = this.#request
    if (routeOptions !== undefined) return routeOptions.url
    const path: unknown = typeof route === 'object' && route !== null && 'path' in route ? route.path : undefined
    return typeof path === 'string' && typeof baseUrl === 'string' ? baseUrl + path : undefined
  }

  get log(): RequestLog | undefined {
    return this.#options.log ?? logOf(this.#request.log)
  }

  get target(): string {
    return this.#request.originalUrl
  }

  trustedHops(chain: readonly string[]): number {
    return countTrustedByFramework(this.#request, chain)
  }
}

/** The log of a request, of Fastify or pino-http. */
function logOf(logger: unknown): RequestLog | undefined {
  if (typeof logger !== 'object' || logger === null) return undefined
  const { info, warn } = logger as Partial<Record<'info' | 'warn', unknown>> // anything may be there
  if (typeof info !== 'function' || typeof warn !== 'function') return undefined
  return (level, line) => {
    Reflect.apply(level === 'info' ? info : warn, logger, [line])
  }
}

function countTrustedByFramework(request: FrameworkRequest, chain: readonly string[]): number {
  const trusts = request.app?.get('trust proxy fn') as TrustFunction | undefined // compiled by Express
  return trusts === undefined ? countTrustedByFastify(request, chain) : countTrusted(chain, trusts)
}
