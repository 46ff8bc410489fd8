import type { AccessToken, AccessTokenSource } from '../access-token.js'
import { AuthClientError } from '../errors.js'
import { CredentialMaker } from './credentials.js'
import type { Credentials } from './credentials.js'
import { Flights, unlessAborted } from './flights.js'
import { nextStep } from './next-step.js'
import type { Step } from './next-step.js'
import { fetchSettings } from './options.js'
import type { FetchOptions, FetchSettings } from './options.js'
import { outgoing } from './outgoing.js'
import type { Outgoing } from './outgoing.js'
import { asNetworkError } from './unreachable.js'
import { redirected } from './redirects.js'
import { StepUps } from './step-ups.js'

/**
 * A `fetch` for protected APIs, ours or anybody's: adds the token, and a DPoP proof for each request where the token is bound
 * (RFC 9449 §7.1); and answers what the API asks for, each cause once: a nonce, the server's clock, another token, more scopes,
 * a stronger login, time to wait. All other answers, and those that it can do nothing about, are the caller's.
 *
 * A token is sent to `origins` alone: redirects to other origins go without it, and calls to others are refused. A body that
 * can be sent once only is sent once; for a bound token a nonce is asked for before.
 *
 * @throws {AuthClientError} `options_invalid`; the function: `network` where no answer came, with the code of the system in
 * its cause; `origin_refused`, `redirect_refused`, and what `tokens` throws
 * @example
 * ```ts
 * import { createFetch } from '@acme/auth-client'
 *
 * const apiFetch = createFetch(
 *   { getAccessToken: async () => ({ value: 'eyJ…', type: 'Bearer', expiresAt: undefined, scopes: undefined }) },
 *   { origins: ['https://api.example.com'] },
 * )
 * export const messages = () => apiFetch('https://api.example.com/messages')
 * ```
 */
export function createFetch(tokens: AccessTokenSource, options: FetchOptions): typeof globalThis.fetch {
  const settings = fetchSettings(options)
  return fetchWith(tokens, settings, new CredentialMaker(settings.now))
}

/** The same with what was learnt of the API by others: its nonce, and its clock. */
export function fetchWith(
  tokens: AccessTokenSource,
  settings: FetchSettings,
  credentials: CredentialMaker,
): typeof globalThis.fetch {
  const caller = new ApiCaller(tokens, settings, credentials)
  return async (input, init) => caller.call(outgoing(input, init))
}

// Redirects of one call (Fetch §4.4 allows 20).
const MOST_REDIRECTS = 5

/** What one call has spent. */
interface Spent {
  readonly causes: Set<Step['cause']>
  sends: number
  /** Seconds. */
  waited: number
}

class ApiCaller {
  readonly #tokens: AccessTokenSource
  readonly #settings: FetchSettings
  readonly #credentials: CredentialMaker
  readonly #refreshes = new Flights<AccessToken>()
  readonly #stepUps: StepUps

  constructor(tokens: AccessTokenSource, settings: FetchSettings, credentials: CredentialMaker) {
    this.#tokens = tokens
    this.#settings = settings
    this.#credentials = credentials
    this.#stepUps = new StepUps(tokens)
  }

  async call(request: Outgoing): Promise<Response> {
    const spent: Spent = { causes: new Set(), sends: 0, waited: 0 }
    let token = await unlessAborted(this.#tokens.getAccessToken(), request.signal)
    let current = request
    for (let redirects = 0; ; redirects++) {
      const { response, used } = await this.#answered(current, token, spent)
      token = used
      const target = redirected(response, current)
      if (target === undefined) return response
      await response.body?.cancel()
      if (redirects === MOST_REDIRECTS) throw new AuthClientError('redirect_refused', `${MOST_REDIRECTS} redirects`)
      // RFC 6750 §5.3: another origin gets the request, and no token.
      if (target.url.origin !== current.url.origin) return sendOf(target, followAlone(this.#settings.fetch), {})
      current = target
    }
  }

  /** Sends a request until its answer is one for the caller. */
  async #answered(
    request: Outgoing,
    first: AccessToken,
    spent: Spent,
  ): Promise<{ response: Response; used: AccessToken }> {
    const { origin } = request.url
    if (!this.#settings.origins.includes(origin)) {
      throw new AuthClientError('origin_refused', `no token goes to ${origin}: it is not one of origins`)
    }
    let token = first
    if (request.once) token = await this.#askForNonce(request, token, spent)
    for (;;) {
      const sent = await this.#credentials.make(request, token)
      spent.sends++
      const response = await sendOf(request, this.#settings.fetch, sent.headers)
      const step = this.#stepFor(response, request, sent, spent)
      if (step === undefined || request.once) return { response, used: token }
      spent.causes.add(step.cause)
      this.#tell(step, response.status, origin)
      const next = await this.#take(step, token, request, spent)
      // A source that has no other token has been asked: what the API says of this one is the caller's.
      if (step.cause === 'refresh' && next.value === token.value) return { response, used: token }
      await response.body?.cancel()
      token = next
    }
  }

  #stepFor(response: Response, { url, method }: Outgoing, sent: Credentials, spent: Spent): Step | undefined {
    const { now, maxSends, waitAtMost } = this.#settings
    this.#credentials.learnNonce(url, response)
    const step = nextStep(response, {
      token: sent.token,
      method,
      hasNewNonce: () => this.#credentials.hasNewNonce(url, sent),
      hasNewTime: () => this.#credentials.hasNewTime(url, sent, response),
      now: now(),
    })
    if (step === undefined || spent.sends >= maxSends) return undefined
    if (step.cause === 'wait') return spent.waited + step.seconds <= waitAtMost ? step : undefined
    const isStepUp = step.cause === 'insufficient_scope' || step.cause === 'insufficient_user_authentication'
    if (isStepUp && this.#tokens.stepUp === undefined) return undefined
    return spent.causes.has(step.cause) ? undefined : step
  }

  /** @returns the token to go on with */
  async #take(step: Step, token: AccessToken, { signal }: Outgoing, spent: Spent): Promise<AccessToken> {
    switch (step.cause) {
      case 'nonce':
      case 'clock':
        return token
      case 'wait':
        spent.waited += step.seconds
        await this.#settings.sleep(step.seconds, signal)
        return token
      case 'refresh': {
        const running = this.#refreshes.run(token.value, () => this.#refresh(token))
        return unlessAborted(running, signal)
      }
      case 'insufficient_scope':
      case 'insufficient_user_authentication':
        return unlessAborted(this.#stepUps.take(step, token), signal)
    }
  }

  async #refresh(refused: AccessToken): Promise<AccessToken> {
    const current = await this.#tokens.getAccessToken()
    // Another call has done it meanwhile.
    return current.value === refused.value ? this.#tokens.getAccessToken({ refused }) : current
  }

  /** Before a body that can be sent once only: a request that does nothing brings the nonce, and tells of a bad token. */
  async #askForNonce(request: Outgoing, token: AccessToken, spent: Spent): Promise<AccessToken> {
    if (!this.#credentials.wantsNonce(request.url, token)) return token
    const { response, used } = await this.#answered(request.to(request.url, 'HEAD', false), token, {
      ...spent,
      causes: new Set(),
    })
    await response.body?.cancel()
    this.#credentials.askedForNonce(request.url)
    return used
  }

  #tell(step: Step, status: number, origin: string): void {
    const seconds = step.cause === 'wait' ? step.seconds : 0
    try {
      const told: unknown = this.#settings.onEvent({ type: 'retry', cause: step.cause, status, origin, seconds })
      // An async listener that rejects must not end the process.
      Promise.resolve(told).catch(() => undefined)
    } catch {
      // A log that fails is no reason to fail a call.
    }
  }
}

/** @throws {AuthClientError} `network` */
async function sendOf(
  request: Outgoing,
  fetch: typeof globalThis.fetch,
  credentials: Readonly<Record<string, string>>,
): Promise<Response> {
  try {
    return await request.send(fetch, credentials)
  } catch (error) {
    throw asNetworkError(error, request)
  }
}

// What the application sends to the API alone. `fetch` itself does not hand these on to another origin either.
const OWN = ['cookie', 'host', 'proxy-authorization']

/** Without any token, redirects may go on as they do everywhere. */
function followAlone(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return (input, init) => {
    const request = init === undefined ? new Request(input) : undefined
    const headers = new Headers(request?.headers ?? init?.headers)
    for (const name of OWN) headers.delete(name)
    return request === undefined
      ? fetch(input, { ...init, headers, redirect: 'follow' })
      : fetch(new Request(request, { headers, redirect: 'follow' }))
  }
}
