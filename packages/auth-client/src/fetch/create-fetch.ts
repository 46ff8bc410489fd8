import type { AccessToken, AccessTokenSource } from '../access-token.js'
import { ServerClocks } from '../dpop/clocks.js'
import { DpopNonces } from '../dpop/nonces.js'
import { createDpopProof } from '../dpop/proof.js'
import { AuthClientError } from '../errors.js'
import { Flights, unlessAborted } from './flights.js'
import { nextStep } from './next-step.js'
import type { Step } from './next-step.js'
import { fetchSettings } from './options.js'
import type { FetchOptions, FetchSettings } from './options.js'
import { outgoing } from './outgoing.js'
import type { Outgoing } from './outgoing.js'
import { redirected } from './redirects.js'

/**
 * A `fetch` for protected APIs, ours or anybody's: adds the token, and a DPoP proof for each request where the token is bound
 * (RFC 9449 §7.1); and answers what the API asks for, each cause once: a nonce, the server's clock, another token, more scopes,
 * a stronger login, time to wait. All other answers, and those that it can do nothing about, are the caller's.
 *
 * A token is sent to `origins` alone: redirects to other origins go without it, and calls to others are refused. A body that
 * can be sent once only is sent once; for a bound token a nonce is asked for before.
 *
 * @throws {AuthClientError} `options_invalid`; the function: `origin_refused`, `redirect_refused`, and what `tokens` throws
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
  const caller = new ApiCaller(tokens, fetchSettings(options))
  return async (input, init) => caller.call(outgoing(input, init))
}

// Redirects of one call (Fetch §4.4 allows 20).
const MOST_REDIRECTS = 5
// Seconds: a nonce that is older may be stale, and a body that can be sent once is not risked for it.
const FRESH_NONCE = 60

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
  readonly #nonces = new DpopNonces()
  readonly #clocks = new ServerClocks()
  readonly #flights = new Flights<AccessToken>()

  constructor(tokens: AccessTokenSource, settings: FetchSettings) {
    this.#tokens = tokens
    this.#settings = settings
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
      if (target.url.origin !== current.url.origin) return target.send(followAlone(this.#settings.fetch), {})
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
      const response = await this.#send(request, token, spent)
      const step = this.#stepFor(response, request, token, spent)
      if (step === undefined || request.once) return { response, used: token }
      spent.causes.add(step.cause)
      await response.body?.cancel()
      this.#tell(step, response.status, origin)
      token = await this.#take(step, token, request, spent)
    }
  }

  async #send(request: Outgoing, token: AccessToken, spent: Spent): Promise<Response> {
    spent.sends++
    return request.send(this.#settings.fetch, await this.#credentials(request, token))
  }

  async #credentials(
    { url, method }: Outgoing,
    { type, value, dpopKey }: AccessToken,
  ): Promise<Record<string, string>> {
    if (type === 'Bearer') return { authorization: `Bearer ${value}` }
    // RFC 9449 §7.2: never downgraded.
    if (dpopKey === undefined)
      throw new AuthClientError('key_unavailable', 'the token is bound to a key that is not there')
    const now = this.#settings.now() + this.#clocks.offset(url.origin)
    const nonce = this.#nonces.get(url.origin)
    const dpop = await createDpopProof({ keyPair: dpopKey, method, url, accessToken: value, nonce, now })
    return { authorization: `DPoP ${value}`, dpop }
  }

  #stepFor(
    response: Response,
    { url: { origin }, method }: Outgoing,
    token: AccessToken,
    spent: Spent,
  ): Step | undefined {
    const { now, maxSends, waitAtMost } = this.#settings
    const before = this.#nonces.get(origin)
    const nonce = this.#nonces.learn(origin, response.headers, now())
    const step = nextStep(response, {
      token,
      method,
      hasNewNonce: nonce !== undefined && nonce !== before,
      learnClock: () => this.#clocks.learn(origin, response.headers, now()),
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
        const refresh = (): Promise<AccessToken> => this.#tokens.getAccessToken({ refused: token })
        return unlessAborted(this.#flights.run(`refresh ${token.value}`, refresh), signal)
      }
      case 'insufficient_scope':
      case 'insufficient_user_authentication':
        return unlessAborted(this.#stepUp(step, token), signal)
    }
  }

  /** One login for all who want the same, also for those whose answer came when it was over. */
  async #stepUp({ cause, scopes, acrValues, maxAge }: StepUpStep, token: AccessToken): Promise<AccessToken> {
    const current = await this.#tokens.getAccessToken()
    if (current.value !== token.value && scopes.every((scope) => current.scopes?.includes(scope) ?? true))
      return current
    const union = [...new Set([...(token.scopes ?? []), ...scopes])].toSorted()
    return this.#flights.run(JSON.stringify([cause, union, acrValues, maxAge ?? null]), async () => {
      const wanted = { cause, scopes: union, acrValues, maxAge, token }
      const answer = await this.#tokens.stepUp?.(wanted)
      if (answer === undefined) throw new AuthClientError('step_up_required', `the API answered ${cause}`)
      return answer
    })
  }

  /** Before a body that can be sent once only: a request that does nothing brings the nonce, and tells of a bad token. */
  async #askForNonce(request: Outgoing, token: AccessToken, spent: Spent): Promise<AccessToken> {
    const { origin } = request.url
    if (token.type === 'Bearer' || this.#nonces.age(origin, this.#settings.now()) < FRESH_NONCE) return token
    const { response, used } = await this.#answered(request.to(request.url, 'HEAD', false), token, {
      ...spent,
      causes: new Set(),
    })
    await response.body?.cancel()
    return used
  }

  #tell(step: Step, status: number, origin: string): void {
    const seconds = step.cause === 'wait' ? step.seconds : 0
    try {
      this.#settings.onEvent({ type: 'retry', cause: step.cause, status, origin, seconds })
    } catch {
      // A log that fails is no reason to fail a call.
    }
  }
}

type StepUpStep = Extract<Step, { readonly scopes: readonly string[] }>

/** Without any token, redirects may go on as they do everywhere. */
function followAlone(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return (input, init) =>
    init === undefined
      ? fetch(new Request(input, { redirect: 'follow' }))
      : fetch(input, { ...init, redirect: 'follow' })
}
