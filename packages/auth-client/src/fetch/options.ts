import { AuthClientError } from '../errors.js'
import { isSecure } from './secure.js'

/** What a fetch did before it answered. Holds no token, proof or nonce. */
export interface FetchEvent {
  readonly type: 'retry'
  /** `wait`: the server asked for time. */
  readonly cause: 'nonce' | 'clock' | 'refresh' | 'insufficient_scope' | 'insufficient_user_authentication' | 'wait'
  /** Of the answer that was not handed on. */
  readonly status: number
  /** Of the API. */
  readonly origin: string
  /** Seconds that were waited; 0 for all other causes. */
  readonly seconds: number
}

/** How a fetch with tokens behaves. */
export interface FetchOptions {
  /** The origins that tokens may be sent to, such as `['https://api.example.com']`. */
  readonly origins: readonly string[]
  /** @defaultValue the global fetch */
  readonly fetch?: typeof globalThis.fetch
  /** Seconds that one call may wait for servers which ask for time, all together. @defaultValue 30 */
  readonly waitAtMost?: number
  /** How often one call is sent at most. @defaultValue 4 */
  readonly maxSends?: number
  /** Told of each answer that was not handed on. What it throws is ignored. */
  readonly onEvent?: (event: FetchEvent) => void
  /** Seconds since the epoch. @defaultValue the system's clock */
  readonly now?: () => number
  /** Waits for some seconds, for tests. @defaultValue a timer */
  readonly sleep?: (seconds: number, signal?: AbortSignal) => Promise<void>
}

/** {@link FetchOptions}, checked and with defaults. */
export interface FetchSettings extends Required<FetchOptions> {}

const NAMES = ['origins', 'fetch', 'waitAtMost', 'maxSends', 'onEvent', 'now', 'sleep']

/** @throws {AuthClientError} `options_invalid` */
export function fetchSettings(options: FetchOptions): FetchSettings {
  const unknown = Object.keys(options).find((name) => !NAMES.includes(name))
  if (unknown !== undefined) throw invalid(unknown, `no such option; want one of ${NAMES.join(', ')}`)
  const { origins, waitAtMost = 30, maxSends = 4, now = () => Date.now() / 1000, sleep = wait } = options
  const { fetch = (...args) => globalThis.fetch(...args), onEvent = () => undefined } = options
  if (!Array.isArray(origins) || origins.length === 0) throw invalid('origins', 'want a list of origins')
  if (!(waitAtMost >= 0 && waitAtMost < 86_400)) throw invalid('waitAtMost', 'want seconds, from 0 to a day')
  if (!(Number.isInteger(maxSends) && maxSends >= 1 && maxSends <= 10)) throw invalid('maxSends', 'want 1 to 10')
  return { fetch, onEvent, now, sleep, origins: origins.map(origin), waitAtMost, maxSends }
}

/** RFC 6750 §5.3: tokens go over TLS alone, but for a loopback host. */
function origin(given: unknown): string {
  if (typeof given !== 'string' || !URL.canParse(given))
    throw invalid('origins', 'want origins such as https://api.example.com')
  const url = new URL(given)
  if (!isSecure(url)) throw invalid('origins', 'want https')
  if (url.href !== `${url.origin}/`) throw invalid('origins', `want no path in ${url.origin}`)
  return url.origin
}

function invalid(name: string, detail: string): AuthClientError {
  return new AuthClientError('options_invalid', `${name}: ${detail}`)
}

function wait(seconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const stop = (): void => {
      clearTimeout(timer)
      reject(signal?.reason as Error) // whatever the application aborted with
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, seconds * 1000)
    signal?.addEventListener('abort', stop, { once: true })
  })
}
