import { saysTrue } from '../util/maybe-promise.js'
import { NodeResourceRequest } from './node-request.js'
import type { NodeRequest } from './node-request.js'
import type { ResourceRequest } from '../request/resource-request.js'
import { configurationError } from '../options/option-checks.js'

/** Express' and proxy-addr's form: whether an address is a trusted proxy, at a distance from this process. */
export type TrustFunction = (address: string, hop: number) => boolean

/**
 * How many addresses from the start of the chain a trust function trusts. Only `true` is trust: the promise of an `async`
 * function is an object, whatever it is a promise of.
 */
export function countTrusted(chain: readonly string[], trusts: TrustFunction): number {
  const untrusted = chain.findIndex((address, hop) => !saysTrue(trusts(address, hop)))
  return untrusted === -1 ? chain.length : untrusted
}

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
}

/**
 * The {@link ResourceRequest} of a request of Express or Fastify, which trusts proxies by the framework's own setting.
 * `proxySetting` says in words how that is set.
 */
export function frameworkResourceRequest(request: FrameworkRequest, proxySetting?: string): ResourceRequest {
  // Express' request is Node's own, or what emulates it; Fastify has `headers` too, over those of Node.
  const incoming: NodeRequest = (request.rawHeaders === undefined ? request.raw : undefined) ?? request
  if (incoming.rawHeaders === undefined && incoming.headers === undefined)
    throw new TypeError('neither a request of Express nor one of Fastify')
  return new FrameworkResourceRequest(request, incoming, proxySetting)
}

/** Express changes the prototype of each request, which makes every access to one slow. */
class FrameworkResourceRequest extends NodeResourceRequest {
  readonly #request: FrameworkRequest

  // Held: see TokenAuthContext.
  static readonly held: ResourceRequest = new FrameworkResourceRequest({ originalUrl: '' }, {}, '')

  constructor(request: FrameworkRequest, incoming: NodeRequest, proxySetting: string | undefined) {
    super(incoming, request.headers, { proxySetting })
    this.#request = request
  }

  get target(): string {
    return this.#request.originalUrl
  }

  trustedHops(chain: readonly string[]): number {
    return countTrustedByFramework(this.#request, chain)
  }
}

function countTrustedByFramework(request: FrameworkRequest, chain: readonly string[]): number {
  const trusts = request.app?.get('trust proxy fn') as TrustFunction | undefined // compiled by Express
  return trusts === undefined ? countTrustedByFastify(request, chain) : countTrusted(chain, trusts)
}

/** `true`: every proxy; a number: that many hops; addresses and CIDR ranges; or a function. As Express has it. */
export type TrustProxy = boolean | number | string | readonly string[] | TrustFunction

const NAMED: Readonly<Record<string, readonly string[] | undefined>> = {
  loopback: ['127.0.0.1/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
}

/**
 * Compiles a `trustProxy` option, for frameworks that have no such setting.
 *
 * @throws {TypeError}
 */
export function compileTrustProxy(option: TrustProxy | undefined): TrustFunction {
  if (option === undefined || option === false) return () => false
  if (option === true) return () => true
  if (typeof option === 'function') return option
  if (typeof option === 'number') {
    if (!Number.isInteger(option) || option < 0) throw configurationError('trustProxy', option, 'a number of hops')
    return (_address, hop) => hop < option
  }
  const list: unknown = typeof option === 'string' ? option.split(',') : option
  if (!Array.isArray(list) || !list.every((entry) => typeof entry === 'string')) {
    throw configurationError('trustProxy', option, "addresses such as 'loopback, 10.0.0.0/8'")
  }
  const entries = list.map((entry) => entry.trim())
  const ranges = entries
    .flatMap((entry) => (Object.hasOwn(NAMED, entry) ? (NAMED[entry] ?? []) : [entry]))
    .map(parseRange)
  if (ranges.length === 0) throw configurationError('trustProxy', option, "addresses such as 'loopback, 10.0.0.0/8'")
  return (address) => {
    const bits = addressBits(address)
    return (
      bits !== undefined &&
      ranges.some((range) => range.bits.length === bits.length && bits.startsWith(range.bits.slice(0, range.length)))
    )
  }
}

interface AddressRange {
  readonly bits: string
  readonly length: number
}

function parseRange(entry: string): AddressRange {
  const [, address = '', length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(entry) ?? []
  const bits = addressBits(address)
  const prefix = length === undefined ? bits?.length : Number(length)
  if (bits === undefined || prefix === undefined || prefix > bits.length) {
    throw configurationError('trustProxy', entry, "an address or range such as 'loopback' or '10.0.0.0/8'")
  }
  return { bits, length: prefix }
}

// RFC 3986 §3.2.2 dec-octet: without leading zeros, which some parsers take for octal.
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/
// The characters of RFC 4291 §2.2. Of no others is a URL made below, so that nothing can end the brackets.
const IPV6 = /^(?=.*:)[0-9A-Fa-f:.]+$/

/** An address as 32 or 128 binary digits; IPv4 mapped into IPv6 (RFC 4291 §2.5.5.2) counts as IPv4. */
function addressBits(address: string): string | undefined {
  const text = address.replace(/^::ffff:(?=\d+\.)/i, '')
  if (IPV4.test(text))
    return text
      .split('.')
      .map((octet) => toBits(Number(octet), 8))
      .join('')
  if (!IPV6.test(text) || !URL.canParse(`http://[${text}]/`)) return undefined
  // The parser has brought it to one form: at most one `::`, no dotted part.
  const [head = '', tail] = new URL(`http://[${text}]/`).hostname.slice(1, -1).split('::')
  const groups = (part: string | undefined): string[] => (part ? part.split(':') : [])
  const missing = 8 - groups(head).length - groups(tail).length
  const all = [...groups(head), ...Array.from({ length: tail === undefined ? 0 : missing }, () => '0'), ...groups(tail)]
  return all.map((group) => toBits(Number.parseInt(group, 16), 16)).join('')
}

function toBits(value: number, width: number): string {
  return value.toString(2).padStart(width, '0')
}
