import { generateDpopKeyPair } from '@acme/auth-client/dpop'
import type { DpopKeyPair } from '@acme/auth-client'

import { decodeToken } from '../inspect/decode.js'
import type { Environment } from '../settings.js'
import type { Metadata } from './discovery.js'
import type { Settings } from './environment.js'
import { findingsOf } from './finding.js'
import type { Finding } from './finding.js'
import { judgeToken } from './judge-token.js'
import type { Wanted } from './judge-token.js'
import { codeOf, isSecure, jsonOf, reachFix } from '../http.js'
import { postForm } from '../token/token-endpoint.js'

/** A client, and what it asks for. */
interface TokenRequest {
  readonly endpoint: string
  readonly clientId: string
  readonly clientSecret: string
  readonly audience: string
  readonly scope: string | undefined
  /** Binds the token. */
  readonly keyPair?: DpopKeyPair
}

/** Tokens to go on with. */
export interface Obtained {
  readonly findings: readonly Finding[]
  readonly bearer?: string
  readonly bound?: { readonly token: string; readonly keyPair: DpopKeyPair }
}

const { pass, warn, fail } = findingsOf('credentials')

/** A token by client credentials, where there are any, and what this API says to it. */
export async function checkCredentials(
  settings: Settings,
  metadata: Metadata,
  environment: Environment,
  wanted: Wanted,
): Promise<Obtained> {
  const clientId = environment['AUTH0_CLIENT_ID'] ?? environment['CLIENT_ID']
  const clientSecret = environment['AUTH0_CLIENT_SECRET'] ?? environment['CLIENT_SECRET']
  if (!clientId || !clientSecret) return { findings: lacking(clientId, clientSecret) }
  const endpoint = metadata['token_endpoint']
  if (typeof endpoint !== 'string' || !URL.canParse(endpoint) || !isSecure(endpoint)) {
    const why = {
      evidence: `token_endpoint is ${JSON.stringify(endpoint)}`,
      fix: 'have the issuer publish an https token_endpoint',
    }
    return { findings: [fail('endpoint', 'the issuer has no token endpoint that a secret may be sent to', why)] }
  }
  const scope = wanted.scopes.length > 0 ? wanted.scopes.join(' ') : undefined
  const request = { endpoint, clientId, clientSecret, audience: settings.audience[0] ?? '', scope }
  const got = await obtain(request)
  if (typeof got !== 'string') return { findings: [got] }
  const judged = await judgeToken(got, settings, wanted)
  const mode = settings.options.dpop?.mode
  if (judged.status === 'fail' || mode === 'disabled') return { findings: [judged], bearer: got }
  const bound = await obtainBound(request)
  if ('token' in bound) return { findings: [judged, pass('bound', BINDS)], bearer: got, bound }
  // Where no other tokens are taken, that is no matter of taste.
  return { findings: [judged, mode === 'required' ? { ...bound, status: 'fail' } : bound], bearer: got }
}

const BINDS = 'the issuer binds tokens to a DPoP key when it is sent a proof'

function lacking(clientId: string | undefined, clientSecret: string | undefined): readonly Finding[] {
  if (!clientId && !clientSecret) return []
  const missing = clientId ? 'AUTH0_CLIENT_SECRET' : 'AUTH0_CLIENT_ID'
  return [warn('settings', 'no token is asked for', { cause: `${missing} is not set`, fix: `set ${missing}` })]
}

/** @returns the token, or what went wrong */
async function obtain({ audience, scope, ...client }: TokenRequest): Promise<string | Finding> {
  const form = { grant_type: 'client_credentials', audience, ...(scope !== undefined && { scope }) }
  try {
    const answer = await postForm({ ...client, form })
    const body = jsonOf(answer) ?? {}
    const { access_token: token } = body
    if (answer.status === 200 && typeof token === 'string') return token
    const [error, description] = [textOf(body['error']), textOf(body['error_description'])]
    const why = causeOf(error, description, audience)
    return fail('token', `the issuer refuses a token: ${why.cause}`, {
      ...why,
      evidence: `${answer.status} ${error}: ${description}`,
    })
  } catch (error) {
    const code = codeOf(error)
    return fail('token', 'the token endpoint cannot be reached', {
      cause: code,
      evidence: client.endpoint,
      fix: reachFix(code),
    })
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** RFC 6749 §5.2, and what Auth0 makes of it. */
function causeOf(
  error: string,
  description: string,
  audience: string,
): { readonly cause: string; readonly fix: string } {
  const api = JSON.stringify(audience)
  // Auth0: `Service not enabled within domain: …`.
  if (error === 'invalid_target' || /service not (?:enabled|found)|resource server/i.test(description)) {
    return {
      cause: `the issuer knows no API ${api}`,
      fix: 'make AUTH0_AUDIENCE equal to the identifier of the API in its dashboard, or register the API',
    }
  }
  const known: Readonly<Record<string, readonly [string, string]>> = {
    invalid_client: [
      'the client id or its secret is wrong, or it authenticates in another way',
      'copy both anew from the dashboard of the issuer: AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET',
    ],
    unauthorized_client: [
      'the client may not use the grant client_credentials',
      'allow it that grant: a machine-to-machine application at Auth0, "Service accounts" at Keycloak',
    ],
    access_denied: [
      `the client is not authorised for ${api}`,
      'authorise it for this API: at Auth0, the API, Machine to Machine Applications',
    ],
    invalid_scope: [
      'the client may not have a scope that was asked for',
      'grant it the scope, or ask for less: --scope',
    ],
    unsupported_grant_type: ['the issuer does not offer the grant client_credentials', 'switch it on at the issuer'],
  }
  const [cause, fix] = known[error] ?? [`it says ${JSON.stringify(error)}`, 'see the log of the issuer']
  return { cause, fix }
}

async function obtainBound(
  request: TokenRequest,
): Promise<{ readonly token: string; readonly keyPair: DpopKeyPair } | Finding> {
  const keyPair = await generateDpopKeyPair()
  const token = await obtain({ ...request, keyPair })
  if (typeof token !== 'string')
    return { ...token, check: 'bound', status: 'warn', says: 'the issuer gives no DPoP-bound token' }
  const { cnf } = decodeToken(token).claims
  if (typeof cnf === 'object' && cnf !== null && 'jkt' in cnf) return { token, keyPair }
  return warn('bound', 'the issuer does not bind tokens to a DPoP key', {
    cause: 'it ignores the proof of the token request',
    evidence: 'the token has no cnf.jkt',
    fix: 'switch DPoP on at the issuer (sender constraining of the API at Auth0), or set AUTH0_DPOP=disabled',
  })
}
