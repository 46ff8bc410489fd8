import { startSample } from '@acme/sample-api/suite'
import type { SampleProcess } from '@acme/sample-api/suite'

/** The same API on each framework. */
const APIS = {
  Express: { folder: 'express-api', env: {} },
  Fastify: { folder: 'fastify-api', env: {} },
  'NestJS on Express': { folder: 'nestjs-api', env: { NEST_PLATFORM: 'express' } },
  'NestJS on Fastify': { folder: 'nestjs-api', env: { NEST_PLATFORM: 'fastify' } },
  Hono: { folder: 'hono-api', env: {} },
} as const

type ApiName = keyof typeof APIS

export const API_NAMES = Object.keys(APIS) as ApiName[] // as: the keys of a literal

export const AUDIENCE = 'https://api.example.test/'

type Variables = Readonly<Record<string, string>>

/** The tenant, and the five servers that accept its tokens. */
export interface Programs {
  readonly issuer: string
  readonly origin: (api: ApiName) => string
  close(): void
}

export async function startPrograms(
  settings: Variables = { DPOP_NONCE: 'heal' },
  ofTenant: Variables = {},
): Promise<Programs> {
  const tenant = await startApp('tenant', ofTenant)
  const issuer = `${tenant.origin}/`
  const env = { AUTH0_ISSUER: issuer, AUTH0_AUDIENCE: AUDIENCE, ...settings }
  const started = await Promise.all(API_NAMES.map((name) => startApp(APIS[name].folder, { ...env, ...APIS[name].env })))
  const apis = new Map(API_NAMES.map((name, index) => [name, started[index]]))
  return {
    issuer,
    origin: (api) => apis.get(api)?.origin ?? '',
    close: () => [tenant, ...started].forEach((one) => one.kill()),
  }
}

/** A program of `apps`, on a free port. */
export function startApp(folder: string, env: Variables): Promise<SampleProcess> {
  return startSample(new URL(`../../../../../apps/${folder}/dist/main.js`, import.meta.url), { PORT: '0', ...env })
}
