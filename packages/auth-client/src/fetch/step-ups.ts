import type { AccessToken, AccessTokenSource } from '../access-token.js'
import { AuthClientError } from '../errors.js'
import { Flights } from './flights.js'
import type { Step } from './next-step.js'

type StepUpStep = Extract<Step, { readonly scopes: readonly string[] }>

/**
 * One login for all calls that want the same of one token, also for those whose answer came when it was over. Of one token:
 * a source may have a user for each call, and nobody gets the token of another.
 */
export class StepUps {
  readonly #tokens: AccessTokenSource
  readonly #flights = new Flights<AccessToken>()
  #last: { readonly wanted: string; readonly answer: AccessToken } | undefined

  constructor(tokens: AccessTokenSource) {
    this.#tokens = tokens
  }

  /** @throws {AuthClientError} `step_up_required` */
  async take({ cause, scopes, acrValues, maxAge }: StepUpStep, token: AccessToken): Promise<AccessToken> {
    // Scopes can be seen in a token that came meanwhile. A login cannot, and a refresh brings none.
    const current = cause === 'insufficient_scope' ? await this.#tokens.getAccessToken() : token
    const isMet = scopes.every((scope) => current.scopes?.includes(scope) ?? true)
    if (current.value !== token.value && isMet) return current
    const union = [...new Set([...(token.scopes ?? []), ...scopes])].toSorted()
    const wanted = JSON.stringify([token.value, cause, union, acrValues, maxAge ?? null])
    if (this.#last?.wanted === wanted) return this.#last.answer
    return this.#flights.run(wanted, async () => {
      const answer = await this.#tokens.stepUp?.({ cause, scopes: union, acrValues, maxAge, token })
      if (answer === undefined) throw new AuthClientError('step_up_required', `the API answered ${cause}`)
      this.#last = { wanted, answer }
      return answer
    })
  }
}
