import { createDpopProof } from '@acme/auth-client/dpop'
import type { DpopKeyPair } from '@acme/auth-client'

import { jsonOf, send } from './http.js'
import type { HttpAnswer } from './http.js'

/** A client, and what it asks for. */
export interface TokenRequest {
  readonly endpoint: string
  readonly clientId: string
  readonly clientSecret: string
  readonly audience: string
  readonly scope: string | undefined
  /** Binds the token. */
  readonly keyPair?: DpopKeyPair
}

/**
 * Asks for a token by client credentials (RFC 6749 §4.4). The secret goes into the form, or into the header where the issuer
 * wants it there.
 */
export async function requestToken(request: TokenRequest): Promise<HttpAnswer> {
  const inForm = await post(request, 'post')
  return jsonOf(inForm)?.['error'] === 'invalid_client' ? post(request, 'basic') : inForm
}

async function post(request: TokenRequest, method: 'post' | 'basic', nonce?: string): Promise<HttpAnswer> {
  const { endpoint, clientId, clientSecret, audience, scope, keyPair } = request
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    audience,
    ...(scope !== undefined && { scope }),
    ...(method === 'post' && { client_id: clientId, client_secret: clientSecret }),
  })
  const proof =
    keyPair === undefined
      ? undefined
      : await createDpopProof({ keyPair, method: 'POST', url: endpoint, ...(nonce !== undefined && { nonce }) })
  const answer = await send(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
      ...(method === 'basic' && { authorization: `Basic ${basic(clientId, clientSecret)}` }),
      ...(proof !== undefined && { dpop: proof }),
    },
    body: form.toString(),
  })
  // RFC 9449 §8.
  const fresh = answer.headers['dpop-nonce']
  const wantsNonce = jsonOf(answer)?.['error'] === 'use_dpop_nonce' && nonce === undefined && fresh !== undefined
  return wantsNonce ? post(request, method, fresh) : answer
}

/** RFC 6749 §2.3.1: both are form-encoded first. */
function basic(id: string, secret: string): string {
  const encoded = [id, secret].map((one) => new URLSearchParams({ x: one }).toString().slice(2))
  return Buffer.from(encoded.join(':')).toString('base64')
}
