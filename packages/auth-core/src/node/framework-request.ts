import { warn } from '../outcome/events.js'
import type { AuthEvent } from '../outcome/events.js'
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
  const trusts = fastifyTrustProxy(request.server ?? null)
  if (isTrustFunction(trusts)) return countTrusted(chain, trusts)
  return countByAddresses(request, chain)
}

/** @param request - of Fastify, or the prototype of such */
function countByAddresses(request: object, [peer = '', ...outer]: readonly string[]): number {
  const probe = {
    raw: {
      socket: { remoteAddress: peer },
      headers: { 'x-forwarded-for': ['0.0.0.0', ...outer.toReversed()].join(', ') },
    },
  }
  const ips: unknown = Reflect.get(request, 'ips', probe)
  return Array.isArray(ips) ? ips.length - 1 : 0
}

/**
 * Warns where Fastify was given a number of hops that it does not count: newer ones trust nobody then, since whoever
 * reaches the server directly could send as many entries.
 *
 * @param server - an instance of Fastify
 * @example
 * ```ts
 * import { warnOfIgnoredHops } from '@acme/auth-core/node'
 * import fastify from 'fastify'
 *
 * warnOfIgnoredHops(fastify({ trustProxy: 'loopback' }), undefined)
 * ```
 */
export function warnOfIgnoredHops(server: object, onEvent: ((event: AuthEvent) => void) | undefined): void {
  const hops = fastifyTrustProxy(server)
  const made = memberOf(server, 'fastify.Request')
  if (typeof hops !== 'number' || hops < 1 || typeof made !== 'function') return
  const prototype: unknown = made.prototype
  if (typeof prototype !== 'object' || prototype === null || countByAddresses(prototype, ['192.0.2.1']) > 0) return
  const detail = `fastify({ trustProxy: ${hops} }) is ignored by this Fastify, which trusts no number of hops: name the proxies, as in trustProxy: 'loopback, 10.0.0.0/8'`
  warn({ type: 'warning', code: 'trusted_hops_ignored', detail }, onEvent)
}

/** The `trustProxy` of an instance of Fastify, or of the one that it is a scope of. */
function fastifyTrustProxy(server: object | null): unknown {
  const options = memberOf(server, 'fastify.options')
  return typeof options === 'object' && options !== null ? Reflect.get(options, 'trustProxy') : undefined
}

function isTrustFunction(value: unknown): value is TrustFunction {
  return typeof value === 'function' // Fastify calls it so
}

/** Symbols of Fastify by their description: it does not hand them out. */
const symbols = new Map<string, symbol>()

/** What an instance of Fastify, or one that it is a scope of, keeps by a symbol. */
function memberOf(server: object | null, description: string): unknown {
  if (server === null) return undefined
  const known = symbols.get(description)
  // Of another copy of Fastify, which has symbols of its own.
  const isKnown = known !== undefined && known in server
  const symbol = isKnown ? known : Object.getOwnPropertySymbols(server).find((one) => one.description === description)
  if (symbol === undefined) return memberOf(Object.getPrototypeOf(server) as object | null, description) // an object's own prototype
  symbols.set(description, symbol)
  return Reflect.get(server, symbol)
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
  const { info, warn: warns } = logger as Partial<Record<'info' | 'warn', unknown>> // anything may be there
  if (typeof info !== 'function' || typeof warns !== 'function') return undefined
  return (level, line) => {
    Reflect.apply(level === 'info' ? info : warns, logger, [line])
  }
}

function countTrustedByFramework(request: FrameworkRequest, chain: readonly string[]): number {
  const trusts = request.app?.get('trust proxy fn') as TrustFunction | undefined // compiled by Express
  return trusts === undefined ? countTrustedByFastify(request, chain) : countTrusted(chain, trusts)
}
