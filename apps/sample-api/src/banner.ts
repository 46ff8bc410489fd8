import type { AuthOptions } from '@acme/auth-core'

import { describeNeeds, isOpen, routes } from './routes.js'
import type { SampleRoute } from './routes.js'
import type { SampleSettings } from './settings.js'

/** What a sample API says of itself when it starts. */
export function banner({ auth, trustProxy, replay, limits }: SampleSettings, framework: string): string {
  return [
    `Sample API on ${framework}`,
    ...trusted(auth),
    `  DPoP       ${auth.dpop?.mode ?? 'allowed'}`,
    `  nonces     ${nonceMode(auth)}`,
    `  replays    ${replay === undefined ? 'seen by this process alone' : 'seen by all that share the Redis'}`,
    `  limits     ${limits.limit} requests in ${limits.window} s, counted by ${limits.counter === undefined ? 'this process alone' : 'all that share the Redis'}`,
    `  proxies    ${trustProxy === false ? 'none trusted' : `${trustProxy} trusted`}`,
    '  public routes',
    ...routes.filter(({ needs }) => isOpen(needs)).map((route) => line(route)),
    '  protected routes',
    ...routes.filter(({ needs }) => !isOpen(needs)).map((route) => line(route)),
  ].join('\n')
}

function trusted({ tenants, audience, ...auth }: AuthOptions): string[] {
  if (!Array.isArray(tenants)) return [`  issuer     ${issuerOf(auth)}`, `  audience   ${String(audience)}`]
  return tenants.map((one: { readonly id: string; readonly hosts: readonly string[] }) => {
    return `  tenant     ${one.id} at ${one.hosts.join(', ')}`
  })
}

function nonceMode({ dpop }: AuthOptions): string {
  const nonce = dpop?.nonce ?? false
  return nonce === false ? 'off' : (nonce.mode ?? 'required')
}

function issuerOf({ issuer, domain }: AuthOptions): string {
  return issuer ?? `https://${domain ?? ''}/`
}

function line({ method, path, needs }: SampleRoute): string {
  return `    ${method.padEnd(6)} ${path.padEnd(22)} ${isOpen(needs) ? '' : describeNeeds(needs)}`.trimEnd()
}
