import { startTenant } from './tenant.js'
import type { Tenant, TenantOptions } from './tenant.js'

const tenant = await startTenant(optionsFromEnvironment(process.env))

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void tenant.close())
}

console.log(describe(tenant))
console.log(`listening on ${tenant.issuer.replace(/\/$/, '')}`)

function optionsFromEnvironment(env: NodeJS.ProcessEnv): TenantOptions {
  return {
    port: portFrom(env['PORT'] || '4000'),
    host: env['HOST'] || '127.0.0.1',
    ...(env['USER_TOKEN_LIFETIME'] && { userTokenLifetime: secondsFrom(env['USER_TOKEN_LIFETIME']) }),
    ...(env['TENANT_CLIENT_SECRET'] && { clientSecret: env['TENANT_CLIENT_SECRET'] }),
  }
}

function portFrom(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new TypeError('PORT must be a port number, for example 4000, or 0 for a free one')
  }
  return port
}

function secondsFrom(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new TypeError('USER_TOKEN_LIFETIME must be seconds, for example 300')
  return Number(text)
}

function describe({ issuer, audience, legacyAudience, clients }: Tenant): string {
  return [
    `issuer     ${issuer}`,
    `audience   ${audience} (RFC 9068 tokens)`,
    `audience   ${legacyAudience} (Auth0 profile tokens)`,
    ...clients.map(
      ({ id, scopes, permissions }) =>
        `client     ${id.padEnd(8)} scopes: ${list(scopes)} · permissions: ${list(permissions)}`,
    ),
    `secrets    curl ${issuer}tenant/clients`,
  ].join('\n')
}

function list(items: readonly string[]): string {
  return items.join(' ') || 'none'
}
