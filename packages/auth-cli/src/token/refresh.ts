import type { DpopKeyPair } from '@acme/auth-client'

import type { ClientFlags, ClientSettings } from '../client.js'
import { isSecure, jsonOf, send } from '../http.js'
import { printable, UsageError } from '../terminal.js'
import type { GotTokens } from './got-tokens.js'
import { postForm } from './token-endpoint.js'

/** RFC 6749 §6. Sent once: the issuer may take a refresh token once only (RFC 9700 §4.14.2). */
export async function refresh(
  refreshToken: string,
  { issuer, clientId, secret }: ClientSettings,
  { scope }: ClientFlags,
  keyPair: DpopKeyPair | undefined,
): Promise<GotTokens> {
  const form = {
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    ...(scope !== undefined && { scope: scope.join(' ') }),
  }
  const answer = await postForm({
    endpoint: await tokenEndpoint(issuer),
    clientId,
    clientSecret: secret,
    form,
    keyPair,
  })
  const body = jsonOf(answer) ?? {}
  const { access_token: value, expires_in: life, refresh_token: next, token_type: type, scope: granted, error } = body
  if (answer.status !== 200 || typeof value !== 'string')
    throw new Error(
      `the issuer refuses the refresh token: ${answer.status} ${typeof error === 'string' ? printable(error, 60) : ''}`,
    )
  const accessToken = {
    value,
    type: typeof type === 'string' && type.toLowerCase() === 'dpop' ? ('DPoP' as const) : ('Bearer' as const),
    expiresAt: typeof life === 'number' ? Date.now() / 1000 + life : undefined,
    scopes: typeof granted === 'string' ? granted.split(' ') : scope,
  }
  // Where it does not rotate, the old one goes on.
  return { accessToken, refreshToken: typeof next === 'string' ? next : refreshToken }
}

/** @throws {UsageError} when the issuer names none that a secret may be sent to */
async function tokenEndpoint(issuer: string): Promise<string> {
  const metadata = jsonOf(await send(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)) ?? {}
  const { issuer: named, token_endpoint: endpoint } = metadata
  // RFC 8414 §3.3.
  if (named === issuer && typeof endpoint === 'string' && URL.canParse(endpoint) && isSecure(endpoint)) return endpoint
  throw new UsageError('the issuer has no token endpoint that is its own: see acme-auth doctor')
}
