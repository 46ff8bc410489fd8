import { createResourceServer, isAuthError } from '@acme/auth-core'
import type { ResourceServer } from '@acme/auth-core'

import { decodeToken } from '../inspect/decode.js'
import type { Settings } from './environment.js'
import { findingsOf } from './finding.js'
import type { Finding } from './finding.js'

/** What the token is to be good for. */
export interface Wanted {
  readonly scopes: readonly string[]
  readonly permissions: readonly string[]
}

const { pass, fail } = findingsOf('credentials')

/** What this API says to a token that was just issued, by core. */
export async function judgeToken(token: string, settings: Settings, wanted: Wanted): Promise<Finding> {
  const { form, claims } = decodeToken(token)
  const server = serverFor(settings)
  try {
    await server.verifyAccessToken(token)
    const bound = claims['cnf'] !== undefined
    if (bound) return pass('token', 'the issuer gives a token, which this API accepts with its proof')
    const request = { method: 'GET', url: 'https://api.invalid/', headers: { authorization: `Bearer ${token}` } }
    await server.verifyRequest(request, server.requirements(requirementsOf(wanted)))
    return pass(
      'token',
      'the issuer gives a token, and this API accepts it',
      `scope ${JSON.stringify(claims['scope'] ?? '')}`,
    )
  } catch (error) {
    if (!isAuthError(error)) throw error
    const says =
      form === 'opaque' ? 'the token is opaque: this API cannot read it' : `this API refuses the token: ${error.reason}`
    return fail('token', says, {
      cause: error.detail ?? error.description,
      evidence: `aud ${JSON.stringify(claims['aud'])}, scope ${JSON.stringify(claims['scope'])}, permissions ${JSON.stringify(claims['permissions'])}`,
      fix: fixOf(error.reason, form, settings.audience[0] ?? ''),
    })
  }
}

/** Core takes no empty lists. */
function requirementsOf({ scopes, permissions }: Wanted): {
  scopes?: readonly string[]
  permissions?: readonly string[]
} {
  return { ...(scopes.length > 0 && { scopes }), ...(permissions.length > 0 && { permissions }) }
}

function fixOf(reason: string, form: string, audience: string): string {
  if (form === 'opaque')
    return `have the client ask for audience=${JSON.stringify(audience)}, or verify by introspection: opaqueTokens`
  if (reason === 'scope_missing')
    return 'grant the client the scope at the issuer, and have it ask for it; or require the permission, if that is what it has'
  if (reason === 'permission_missing')
    return 'give the client the permission (at Auth0, RBAC and "Add permissions in the access token"), or require the scope'
  return 'see the cause: it names the setting'
}

/** Where DPoP is required, the claims of a token are the same without it: what binds it is another finding. */
function serverFor({ options, server }: Settings): ResourceServer {
  if (options.dpop?.mode !== 'required') return server
  return createResourceServer({ ...options, dpop: { ...options.dpop, mode: 'allowed' }, onEvent: () => undefined })
}
