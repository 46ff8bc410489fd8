import { createAuthClient, createFetch } from '@acme/auth-client'
import type { AccessTokenSource } from '@acme/auth-client'
import type { Api } from '@acme/sample-api/page'

import type { Mode } from './modes.js'

/** Whoever may read why an API refused a request. */
export interface Operator {
  /** The trace of a decision, as the API tells it. @returns undefined where none is kept */
  trace(mode: Mode, api: Api, id: string): Promise<unknown>
}

/** As what the operator asks the issuer for tokens. */
export interface OperatorClient {
  readonly issuer: string
  readonly audience: string
  readonly secret: string
}

export function createOperator({ issuer, audience, secret }: OperatorClient): Operator {
  const source = (dpop: { readonly dpop?: 'generate' }): AccessTokenSource => {
    const authentication = { secret, method: 'post' } as const
    return createAuthClient({ issuer, clientId: 'operator', authentication, audience, ...dpop }).clientCredentials()
  }
  const [bearer, bound] = [source({}), source({ dpop: 'generate' })]
  return {
    async trace({ dpop }, { origin }, id) {
      const call = createFetch(dpop === 'disabled' ? bearer : bound, { origins: [origin] })
      const response = await call(`${origin}/internal/traces/${encodeURIComponent(id)}`)
      const answer: unknown = await response.json()
      if (response.status === 404) return undefined
      if (response.status !== 200) throw new Error(`${origin} answered ${response.status} to its operator`)
      return answer
    },
  }
}
