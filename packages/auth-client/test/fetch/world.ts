import type { IncomingMessage, RequestListener } from 'node:http'

import { createFetch, generateDpopKeyPair } from '../../src/index.js'
import type { AccessToken, AccessTokenSource, FetchEvent, FetchOptions } from '../../src/index.js'
import { bearer, serve } from '../support.js'

const keyPair = await generateDpopKeyPair()
export const bound: AccessToken = { value: 'bound', type: 'DPoP', expiresAt: undefined, scopes: [], dpopKey: keyPair }

/** Hands out the tokens in turn, and the last one from then on. */
export function source(...tokens: readonly AccessToken[]): AccessTokenSource {
  let next = 0
  return { getAccessToken: () => Promise.resolve(tokens[Math.min(next++, tokens.length - 1)] ?? bearer('t')) }
}

interface Seen {
  readonly call: typeof fetch
  readonly origin: string
  readonly requests: IncomingMessage[]
  readonly events: FetchEvent[]
  readonly slept: number[]
}

export async function world(
  listener: RequestListener,
  tokens = source(bound),
  options: Partial<FetchOptions> = {},
): Promise<Seen> {
  const requests: IncomingMessage[] = []
  const events: FetchEvent[] = []
  const slept: number[] = []
  const origin = await serve((request, response) => {
    requests.push(request)
    listener(request, response)
  })
  const sleep = (seconds: number): Promise<void> => Promise.resolve(void slept.push(seconds))
  const call = createFetch(tokens, { origins: [origin], sleep, onEvent: (event) => events.push(event), ...options })
  return { call, origin, requests, events, slept }
}

/** Refuses each request in the same way. */
export function refuse(status: number, headers: Readonly<Record<string, string>>): RequestListener {
  return (_request, response) => response.writeHead(status, headers).end('no')
}

export const wantsNonce = (nonce: string): Record<string, string> => ({
  'www-authenticate': 'DPoP error="use_dpop_nonce"',
  'dpop-nonce': nonce,
})

export const wantsLogin: RequestListener = refuse(401, {
  'www-authenticate': 'Bearer error="insufficient_user_authentication", acr_values="urn:example:mfa"',
})
