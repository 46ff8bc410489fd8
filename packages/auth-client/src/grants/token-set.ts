import { getValidatedIdTokenClaims } from 'oauth4webapi'
import type { TokenEndpointResponse } from 'oauth4webapi'

import type { DpopKeyPair } from '../dpop/key-pair.js'
import { AuthClientError } from '../errors.js'
import type { TokenSet } from './requests.js'

/** How an answer is read. */
export interface TokenSetOptions {
  /** Seconds since the epoch, before the request was sent: a token is never believed to live longer than it does. */
  readonly requestedAt: number
  readonly scopes: readonly string[] | undefined
  /** The key that the token must be bound to. */
  readonly dpopKey: DpopKeyPair | undefined
}

/** @throws {AuthClientError} `answer_invalid` for a token that is not bound although it was asked for (RFC 9449 §5) */
export function tokenSetOf(answer: TokenEndpointResponse, options: TokenSetOptions): TokenSet {
  const { access_token: value, refresh_token: refreshToken, id_token: idToken, issued_token_type: issued } = answer
  const isBound = answer.token_type === 'dpop'
  if (isBound !== (options.dpopKey !== undefined)) {
    throw new AuthClientError('answer_invalid', isBound ? 'a DPoP token, not asked for' : 'a token without binding')
  }
  // It will stand in a header (RFC 6750 §2.1).
  if (!/^[\x21-\x7e]+$/.test(value)) throw new AuthClientError('answer_invalid', 'an access token of other characters')
  const claims = getValidatedIdTokenClaims(answer)
  return {
    accessToken: {
      value,
      type: isBound ? 'DPoP' : 'Bearer',
      expiresAt: answer.expires_in === undefined ? undefined : options.requestedAt + answer.expires_in,
      scopes: scopesOf(answer.scope) ?? options.scopes,
      ...(options.dpopKey !== undefined && { dpopKey: options.dpopKey }),
    },
    ...(refreshToken !== undefined && { refreshToken }),
    ...(idToken !== undefined && { idToken }),
    ...(claims !== undefined && { claims }),
    ...(typeof issued === 'string' && { issuedTokenType: issued }),
  }
}

function scopesOf(scope: string | undefined): readonly string[] | undefined {
  return scope?.split(' ').filter((one) => one !== '')
}
