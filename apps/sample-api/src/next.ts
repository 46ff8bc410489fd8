import type { AuthContext, AuthOptions } from '@acme/auth-core'
import { createAuthClient, isAuthClientError, onBehalfOf } from '@acme/auth-client'

import type { Environment } from './variables.js'
import { text, wrong } from './variables.js'

/** Another API, which is called on behalf of the callers of this one. */
export interface NextApi {
  readonly url: string
  readonly audience: string
}

/** What `GET /api/next` answers. */
export interface NextAnswer {
  readonly status: number
  readonly body: object
}

/** What of that API, and how this one proves to the issuer who it is. */
interface NextSettings {
  readonly next: NextApi
  readonly onBehalfOf: NonNullable<AuthOptions['onBehalfOf']>
}

/**
 * `NEXT_API_URL`, and the client as which this API exchanges tokens. Those it gets are bound to a key of this process.
 *
 * @throws {TypeError} that names the variable
 */
export function nextFrom(env: Environment, { issuer, domain }: AuthOptions): NextSettings | undefined {
  const url = text(env, 'NEXT_API_URL')
  const clientId = text(env, 'NEXT_API_CLIENT_ID')
  const secret = text(env, 'NEXT_API_CLIENT_SECRET')
  if (url === undefined) return undefined
  if (!URL.canParse(url)) throw wrong('NEXT_API_URL', url, 'a URL such as https://orders.example.com/')
  if (clientId === undefined || secret === undefined)
    throw new TypeError('NEXT_API_CLIENT_ID, NEXT_API_CLIENT_SECRET: both are wanted beside NEXT_API_URL')
  const audience = text(env, 'NEXT_API_AUDIENCE') ?? text(env, 'AUTH0_AUDIENCE') ?? ''
  const own = issuer ?? (domain === undefined ? undefined : `https://${domain}/`)
  if (own === undefined) throw new TypeError('NEXT_API_URL: is not for several issuers')
  const client = createAuthClient({
    issuer: own,
    clientId,
    authentication: { secret, method: 'post' },
    dpop: 'generate',
  })
  return {
    next: { url: new URL('/api/private', url).href, audience },
    onBehalfOf: onBehalfOf(client, { services: { [audience]: [new URL(url).origin] } }),
  }
}

/** Asks the next API who calls, in the name of the caller of this one. */
export async function callNext(auth: AuthContext, next: NextApi | undefined): Promise<NextAnswer> {
  if (next === undefined) return { status: 501, body: { error: 'not_configured' } }
  try {
    const response = await auth.onBehalfOf({ audience: next.audience, scope: 'read:messages' })(next.url)
    const answer: unknown = await response.json()
    return response.ok
      ? { status: 200, body: Object(answer) as object }
      : { status: 502, body: { error: 'bad_gateway' } }
  } catch (error) {
    if (!isAuthClientError(error) && !(error instanceof TypeError)) throw error
    console.error(JSON.stringify({ event: 'next', error: isAuthClientError(error) ? error : error.message }))
    return { status: 502, body: { error: 'bad_gateway' } }
  }
}
