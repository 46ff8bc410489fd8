import { createDpopProof } from '@acme/auth-client/dpop'
import type { DpopKeyPair } from '@acme/auth-client'

import { jsonOf, send } from '../http.js'
import type { HttpAnswer } from '../http.js'

/** A request to a token endpoint, and by whom. */
export interface FormRequest {
  readonly endpoint: string
  readonly clientId: string
  /** Undefined for a public client. */
  readonly clientSecret: string | undefined
  readonly form: Readonly<Record<string, string>>
  /** Binds the token. */
  readonly keyPair?: DpopKeyPair | undefined
}

/**
 * Asks a token endpoint, whose own words are wanted: `@acme/auth-client` tells nobody what an issuer says. The secret goes into
 * the form, or into the header where the issuer wants it there (RFC 6749 §2.3.1).
 */
export async function postForm(request: FormRequest): Promise<HttpAnswer> {
  const inForm = await post(request, 'post')
  const wantsHeader = request.clientSecret !== undefined && jsonOf(inForm)?.['error'] === 'invalid_client'
  return wantsHeader ? post(request, 'basic') : inForm
}

async function post(request: FormRequest, method: 'post' | 'basic', nonce?: string): Promise<HttpAnswer> {
  const { endpoint, clientId, clientSecret, form, keyPair } = request
  const inForm = method === 'post' && {
    client_id: clientId,
    ...(clientSecret !== undefined && { client_secret: clientSecret }),
  }
  const proof = keyPair && (await createDpopProof({ keyPair, method: 'POST', url: endpoint, nonce }))
  const answer = await send(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
      ...(method === 'basic' && { authorization: `Basic ${basic(clientId, clientSecret ?? '')}` }),
      ...(proof !== undefined && { dpop: proof }),
    },
    body: new URLSearchParams({ ...form, ...inForm }).toString(),
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
