/** What a token has to hold; an empty object means any valid token. */
export interface TokenNeeds {
  readonly scopes?: readonly string[]
  readonly permissions?: readonly string[]
  readonly clientCredentials?: true
}

/** What a route demands of a caller. */
export type RouteNeeds = 'nothing' | 'optional token' | TokenNeeds

export interface SampleRoute {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly needs: RouteNeeds
}

/** What the four sample APIs agree on: the banner prints it, and the suite holds each API to it. */
export const routes: readonly SampleRoute[] = [
  { method: 'GET', path: '/', needs: 'nothing' },
  { method: 'GET', path: '/health', needs: 'nothing' },
  { method: 'GET', path: '/public/info', needs: 'nothing' },
  { method: 'GET', path: '/demo/token-structure', needs: 'nothing' },
  { method: 'GET', path: '/api/public', needs: 'nothing' },
  { method: 'GET', path: '/api/optional', needs: 'optional token' },
  { method: 'GET', path: '/api/private', needs: {} },
  { method: 'POST', path: '/api/private', needs: {} },
  { method: 'GET', path: '/api/profile', needs: {} },
  { method: 'GET', path: '/api/messages', needs: { scopes: ['read:messages'] } },
  { method: 'DELETE', path: '/api/resource/:id', needs: { scopes: ['delete:data', 'admin:access'] } },
  { method: 'GET', path: '/api/admin', needs: { permissions: ['admin:access'] } },
  { method: 'GET', path: '/api/limited', needs: {} },
  { method: 'POST', path: '/internal/process', needs: { clientCredentials: true } },
]

/** For people: `scopes delete:data admin:access`. */
export function describeNeeds(needs: RouteNeeds): string {
  if (typeof needs === 'string') return needs
  const { scopes, permissions, clientCredentials } = needs
  const parts = [describeWords('scope', scopes), describeWords('permission', permissions)]
  if (clientCredentials === true) parts.push('a client-credentials token')
  return parts.filter((part) => part !== '').join(', ') || 'any valid token'
}

function describeWords(noun: string, words: readonly string[] = []): string {
  return words.length === 0 ? '' : `${noun}${words.length > 1 ? 's' : ''} ${words.join(' ')}`
}
