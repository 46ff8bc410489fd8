import type { JsonObject } from './decode.js'

/** Whose product issued a token, by the form of its issuer and claims; undefined when nothing tells. */
export function issuerKind({
  iss,
  ver,
  token_use: use,
  realm_access: realm,
  cid,
  tid,
}: JsonObject): string | undefined {
  if (typeof iss !== 'string' || !URL.canParse(iss)) return undefined
  const { hostname, pathname } = new URL(iss)
  const found = HOSTS.find(([pattern]) => pattern.test(hostname))
  if (found !== undefined) return found[1]
  if (/\/realms\/[^/]+\/?$/.test(pathname) || typeof realm === 'object') return 'Keycloak'
  if (typeof cid === 'string' && typeof ver === 'number') return 'Okta'
  if (typeof tid === 'string' && typeof ver === 'string') return 'Entra ID'
  return use === 'access' || use === 'id' ? 'Cognito' : undefined
}

const HOSTS: readonly (readonly [RegExp, string])[] = [
  [/\.auth0\.com$/, 'Auth0'],
  [/(?:^|\.)login\.microsoftonline\.(?:com|us)$|^sts\.windows\.net$/, 'Entra ID'],
  [/\.(?:okta|oktapreview|okta-emea)\.com$/, 'Okta'],
  [/^cognito-idp\.[a-z0-9-]+\.amazonaws\.com/, 'Cognito'],
  [/^accounts\.google\.com$/, 'Google'],
  [/^securetoken\.google\.com$/, 'Firebase'],
]
