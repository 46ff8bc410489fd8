import { fetchBounded } from '../http/fetch-bounded.js'
import { readDocument } from '../http/issuer-keys.js'
import { member } from '../http/text.js'
import { Unavailable } from '../http/unavailable.js'
import { mayLeadTo, wellKnown } from '../http/url.js'
import { isSeconds, wrong } from './options.js'
import type { Settings } from './options.js'
import { bearer } from './poll.js'

/** Asks a transmitter for an event, and waits until it comes (Shared Signals Framework 1.0 §8.1.4). */
export interface Verification {
  readonly verify: (options?: { readonly timeout?: number | undefined }) => Promise<void>
  /** An event came. */
  readonly verified: (state: unknown) => void
}

const MOST_WAITING = 16
// Seconds and bytes, for one question.
const TIMEOUT = 5
const MAX_ANSWER = 64 * 1024

export function createVerification(settings: Settings): Verification {
  const waiting = new Map<string, () => void>()

  /** @param signal - ends the wait, with its reason */
  async function arrival(state: string, timeout: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined
    try {
      await new Promise<void>((resolve, reject) => {
        waiting.set(state, resolve)
        const late = new Unavailable(`the verification event did not come within ${timeout} s`)
        timer = setTimeout(() => reject(late), timeout * 1000)
        // Its answer may come after the event.
        request(settings, state).catch(reject)
      })
    } finally {
      clearTimeout(timer)
      waiting.delete(state)
    }
  }

  return {
    async verify({ timeout = 10 } = {}) {
      if (!isSeconds(timeout, 0.05, 600)) throw wrong('verify: timeout', 'seconds, from 0.05 to 600')
      if (settings.streamId === undefined) throw wrong('streamId', 'the stream that verify() asks for')
      if (waiting.size >= MOST_WAITING) throw new Unavailable('too many verifications at once')
      await arrival(crypto.randomUUID(), timeout)
    },
    verified(state) {
      if (typeof state === 'string') waiting.get(state)?.()
    },
  }
}

async function request({ issuer, streamId, token, fetch }: Settings, state: string): Promise<void> {
  const configuration = await readDocument(wellKnown(issuer, 'ssf-configuration'), issuer, fetch)
  const url = member(configuration, 'verification_endpoint')
  if (!mayLeadTo(url, issuer)) throw new Unavailable('no verification_endpoint that can be used')
  const authorization = await bearer(token)
  await fetchBounded({
    url,
    fetch,
    authorization,
    timeout: TIMEOUT,
    most: MAX_ANSWER,
    accept: 'application/json',
    json: { stream_id: streamId, state },
    statuses: [200, 202, 204],
  })
}
