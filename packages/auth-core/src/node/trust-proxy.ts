import { configurationError } from '../options/option-checks.js'
import { saysTrue } from '../util/maybe-promise.js'
import { isWithin, parseRange } from './address-range.js'

/** Express' and proxy-addr's form: whether an address is a trusted proxy, at a distance from this process. */
export type TrustFunction = (address: string, hop: number) => boolean

/**
 * How many addresses from the start of the chain a trust function trusts. Only `true` is trust: the promise of an `async`
 * function is an object, whatever it is a promise of.
 *
 * @example
 * ```ts
 * import { compileTrustProxy, countTrusted } from '@acme/auth-core/node'
 *
 * console.log(countTrusted(['127.0.0.1', '192.0.2.1'], compileTrustProxy(1))) // 1
 * ```
 */
export function countTrusted(chain: readonly string[], trusts: TrustFunction): number {
  const untrusted = chain.findIndex((address, hop) => !saysTrue(trusts(address, hop)))
  return untrusted === -1 ? chain.length : untrusted
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
 * @example
 * ```ts
 * import { compileTrustProxy, countTrusted } from '@acme/auth-core/node'
 *
 * const trusts = compileTrustProxy('loopback, 10.0.0.0/8')
 * console.log(countTrusted(['127.0.0.1', '10.1.2.3', '192.0.2.1'], trusts)) // 2
 * ```
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
  return (address) => isWithin(address, ranges)
}

/**
 * For an adapter to a framework that has such a setting of its own.
 *
 * @param options - of the adapter
 * @param setting - how the framework's own is set
 * @throws {TypeError} when `trustProxy` is among the options
 * @example
 * ```ts
 * import { refuseTrustProxy } from '@acme/auth-core/node'
 *
 * refuseTrustProxy({ audience: 'https://api.example.com' }, "app.set('trust proxy', ...)")
 * ```
 */
export function refuseTrustProxy(options: unknown, setting: string): void {
  if (typeof options !== 'object' || options === null || !('trustProxy' in options)) return
  throw new TypeError(`trustProxy: unknown option, want the framework's own setting: ${setting}`)
}
