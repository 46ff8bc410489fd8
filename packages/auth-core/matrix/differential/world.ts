import { createTestIssuer } from '@acme/auth-testing'
import type { TestIssuer } from '@acme/auth-testing'
import type { IssuerOptions } from '../../src/issuer/issuer-options.js'
import type { AuthOptions } from '../../src/options/auth-options.js'
import { createResourceServer } from '../../src/resource-server.js'
import type { Accepted, Refused, ResourceServer } from '../../src/resource-server-types.js'
import { AUDIENCE, createClock, request, verdict } from '../../test/support.js'
import type { Clock } from '../../test/support.js'
import { ISSUER, KEYS } from './keys.js'
import type { Sent } from './messages.js'

/** What differs between the runs. */
export interface Policy {
  readonly tokenCache: number
  readonly mode: 'allowed' | 'required' | 'disabled'
  readonly tokenProfile: 'any' | 'rfc9068'
  readonly clockTolerance: number
  readonly staleIfError: number
  readonly refreshAhead: number
  /** The issuer is looked up by a function, whose answer can change. */
  readonly resolver: boolean
}

/** What happens, one after the other. */
export type Step =
  | { readonly do: 'send'; readonly sent: Sent; readonly scope: boolean; readonly dpopRequired: boolean }
  /** One of the last requests again. */
  | { readonly do: 'again'; readonly before: number }
  | { readonly do: 'advance'; readonly seconds: number }
  | { readonly do: 'publish' | 'remove'; readonly key: number }
  | {
      readonly do: 'fail'
      readonly what: 'metadata' | 'keys' | 'all'
      readonly how: 'reset' | 'status' | 'html' | 'well'
    }
  | { readonly do: 'invalidate'; readonly all: boolean }
  | { readonly do: 'resolve'; readonly answer: 'same' | 'nothing' | 'audience' | 'algorithms' }

const FAULTS = {
  reset: 'reset',
  status: { status: 500 },
  html: { body: '<html>', contentType: 'text/html' },
  well: undefined,
} as const

/** Two resource servers that differ in whether they remember tokens, with one issuer and one clock. */
export class TwinWorld {
  readonly #clock: Clock = createClock()
  readonly #issuer: TestIssuer
  readonly #servers: readonly ResourceServer[]
  readonly #sends: Extract<Step, { do: 'send' }>[] = []
  #answer: Extract<Step, { do: 'resolve' }>['answer'] = 'same'
  #fetches = 0

  private constructor(issuer: TestIssuer, policy: Policy) {
    this.#issuer = issuer
    this.#servers = [policy.tokenCache, false as const].map((tokenCache) => {
      const options = this.#options(policy)
      return createResourceServer({ ...options, tokenCache }, { now: this.#clock.now })
    })
  }

  static async create(policy: Policy): Promise<TwinWorld> {
    const issuer = await createTestIssuer({ issuer: ISSUER, algorithm: 'ES256' })
    issuer.removeKey(issuer.signingKey.kid)
    for (const key of KEYS.slice(0, 2)) issuer.addKey(key)
    return new TwinWorld(issuer, policy)
  }

  /** What the two servers decide: equal, if all is well. Undefined where there is nothing to decide. */
  async take(step: Step): Promise<readonly [string, string] | undefined> {
    const decided = await this.#take(step)
    await this.#settled()
    return decided
  }

  async #take(step: Step): Promise<readonly [string, string] | undefined> {
    if (step.do === 'send') this.#sends.push(step)
    if (step.do === 'send') return this.#send(step)
    const again = step.do === 'again' ? this.#sends.at(-step.before) : undefined
    if (again !== undefined) return this.#send(again)
    if (step.do === 'advance') this.#clock.advance(step.seconds)
    if (step.do === 'publish') this.#publish(step.key)
    if (step.do === 'remove') this.#issuer.removeKey(KEYS[step.key]?.kid ?? '')
    if (step.do === 'fail') this.#issuer.fail(step.what, FAULTS[step.how])
    if (step.do === 'resolve') this.#answer = step.answer
    if (step.do === 'invalidate') for (const one of this.#servers) one.invalidate(...(step.all ? [] : [ISSUER]))
    return undefined
  }

  async #send({ sent, scope, dpopRequired }: Extract<Step, { do: 'send' }>): Promise<readonly [string, string]> {
    const decisions: string[] = []
    for (const server of this.#servers) {
      const wanted = server.requirements({
        ...(scope && { scopes: 'a' }),
        ...(dpopRequired && { dpop: 'required' as const }),
      })
      decisions.push(decisionText(await server.authenticate(request(sent), wanted)))
    }
    const [remembering = '', forgetting = ''] = decisions
    return [remembering, forgetting]
  }

  #publish(index: number): void {
    const key = KEYS[index]
    if (key === undefined) return
    this.#issuer.removeKey(key.kid)
    this.#issuer.addKey(key)
  }

  #options(policy: Policy): AuthOptions {
    const { mode, tokenProfile, clockTolerance, staleIfError, refreshAhead } = policy
    return {
      ...(policy.resolver ? { issuers: (issuer: string) => this.#resolved(issuer) } : { issuer: ISSUER }),
      audience: AUDIENCE,
      tokenProfile,
      clockTolerance,
      dpop: { mode },
      keys: { maxAge: 100, refreshAhead, staleIfError, cooldown: 10 },
      fetch: (input, init) => {
        this.#fetches += 1
        return this.#issuer.fetch(input, init)
      },
    }
  }

  #resolved(issuer: string): IssuerOptions | undefined {
    if (issuer !== ISSUER || this.#answer === 'nothing') return undefined
    if (this.#answer === 'audience') return { issuer: ISSUER, audience: 'https://other.test/' }
    return { issuer: ISSUER, ...(this.#answer === 'algorithms' && { algorithms: ['RS256'] }) }
  }

  /** Lets what goes on in the background end, for both servers, before anything else happens. */
  async #settled(): Promise<void> {
    while (this.#fetches > 0) {
      this.#fetches = 0
      for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

function decisionText(outcome: Accepted | Refused): string {
  if (!outcome.ok) return `${verdict(outcome)} ${outcome.error.detail} ${outcome.headers['retry-after']}`
  return `${verdict(outcome)} ${JSON.stringify(outcome.auth)}`
}
