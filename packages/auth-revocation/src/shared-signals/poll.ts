import { fetchBounded } from '../http/fetch-bounded.js'
import { isObject, member, parseObject } from '../http/text.js'
import { Unavailable } from '../http/unavailable.js'
import type { Health } from './health.js'
import type { Settings } from './options.js'
import type { Receiver } from './receiver.js'
import { SetError } from './set-error.js'

/** Fetches events again and again (RFC 8936). */
export interface Poller {
  readonly start: () => void
  /** What was not acknowledged yet comes again to whoever polls next. */
  readonly stop: () => Promise<void>
}

// Bytes of an answer, and characters of an identifier.
const MAX_ANSWER = 8 * 1024 * 1024
const MAX_ID = 1024
// Of one answer: after so many that could not be judged now, the others wait too.
const MAX_FAILED = 10
// Seconds: between two questions at least, the first pause after a failure, and the longest.
const LEAST_PAUSE = 0.05
const BACK_OFF = 1
const MAX_BACK_OFF = 60

type Errors = Record<string, { readonly err: string; readonly description: string }>

/** What the transmitter does not know yet. */
interface Unsaid {
  readonly ack: string[]
  readonly setErrs: Errors
}

export function createPoller(settings: Settings, receiver: Receiver, health: Health): Poller {
  let controller: AbortController | undefined
  let running: Promise<void> = Promise.resolve()
  let unsaid: Unsaid = nothing()

  /** One question. @returns seconds until the next */
  async function round(poll: NonNullable<Settings['poll']>, signal: AbortSignal): Promise<number> {
    const said = unsaid
    const { sets, moreAvailable } = await ask(settings, poll, said, signal)
    // Told, and never again.
    unsaid = nothing()
    const failed: Unavailable[] = []
    for (const [jti, text] of sets) {
      if (signal.aborted) return 0
      // One that cannot be carried out must not stop those after it.
      const failure = await judge(jti, text)
      if (failure !== undefined && failed.push(failure) >= MAX_FAILED) break
    }
    if (failed[0] !== undefined) throw failed[0]
    const isMore = sets.length > 0 && moreAvailable
    // A question that was held until there was an event: the next one at once, to acknowledge it.
    return isMore || (poll.longPolling && sets.length > 0) ? LEAST_PAUSE : poll.interval
  }

  /** @returns why it is to come again */
  async function judge(jti: string, text: string): Promise<Unavailable | undefined> {
    try {
      await receiver.accept(text)
      unsaid.ack.push(jti)
    } catch (error) {
      if (error instanceof Unavailable) return error
      if (!(error instanceof SetError)) throw error
      // RFC 8936 §2.6. An own member, whatever it is called.
      const value = { err: error.code, description: error.message }
      Object.defineProperty(unsaid.setErrs, jti, { value, enumerable: true, configurable: true })
    }
    return undefined
  }

  async function run(poll: NonNullable<Settings['poll']>, signal: AbortSignal): Promise<void> {
    let failures = 0
    while (!signal.aborted) {
      let pause: number
      try {
        pause = await round(poll, signal)
        failures = 0
        health.set('poll', undefined)
      } catch (error) {
        if (signal.aborted) return
        failures += 1
        pause = pauseAfter(failures, error)
        health.set('poll', `poll: ${error instanceof Unavailable ? error.message : 'a fault'}`)
      }
      await elapsed(pause, signal)
    }
  }

  return {
    start() {
      const { poll } = settings
      if (poll === undefined) throw new TypeError('sharedSignals: start(): want the option poll')
      if (controller !== undefined) return
      controller = new AbortController()
      const { signal } = controller
      // After the one that was stopped: two at once would answer for each other.
      running = running.then(() => run(poll, signal))
    },
    async stop() {
      controller?.abort()
      controller = undefined
      await running
    },
  }
}

function nothing(): Unsaid {
  return { ack: [], setErrs: {} }
}

interface Answer {
  readonly sets: readonly (readonly [jti: string, text: string])[]
  readonly moreAvailable: boolean
}

/** RFC 8936 §2.4. @throws {Unavailable} */
async function ask(
  settings: Settings,
  poll: NonNullable<Settings['poll']>,
  { ack, setErrs }: Unsaid,
  signal: AbortSignal,
): Promise<Answer> {
  const { url, maxEvents, longPolling, timeout } = poll
  // To acknowledge, and to get more at once.
  const returnImmediately = !longPolling || ack.length > 0 || Object.keys(setErrs).length > 0
  const { bytes } = await fetchBounded({
    url,
    timeout,
    signal,
    most: MAX_ANSWER,
    fetch: settings.fetch,
    accept: 'application/json',
    json: { maxEvents, returnImmediately, ack, setErrs },
    authorization: await bearer(settings.token),
  })
  const answer = parseObject(new TextDecoder().decode(bytes))
  const sets = answer === undefined ? undefined : (member(answer, 'sets') ?? {})
  if (answer === undefined || !isObject(sets)) throw new Unavailable('an answer that is no object with sets')
  // More than was asked for comes again.
  const entries = Object.entries(sets).slice(0, maxEvents)
  if (!entries.every(isEntry)) throw new Unavailable('an event that is no text, or without an identifier')
  return { sets: entries, moreAvailable: member(answer, 'moreAvailable') === true }
}

function isEntry(entry: [string, unknown]): entry is [string, string] {
  return typeof entry[1] === 'string' && entry[0] !== '' && entry[0].length <= MAX_ID
}

/** The `Authorization` header for the transmitter. @throws {Unavailable} when there is no token */
export async function bearer(token: Settings['token']): Promise<string | undefined> {
  if (token === undefined) return undefined
  try {
    return `Bearer ${await token()}`
  } catch {
    throw new Unavailable('there is no token for the transmitter')
  }
}

/** Seconds. Longer where the transmitter says so (RFC 9110 §10.2.3). */
function pauseAfter(failures: number, error: unknown): number {
  const pause = Math.min(MAX_BACK_OFF, BACK_OFF * 2 ** (failures - 1)) * (0.5 + Math.random() / 2)
  return error instanceof Unavailable && error.message.startsWith('status') ? Math.max(pause, error.retryAfter) : pause
}

/** Keeps no process alive. */
function elapsed(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, seconds * 1000)
    // On Node and Bun it is an object, elsewhere a number.
    if (typeof timer === 'object' && 'unref' in timer) timer.unref()
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
  })
}
