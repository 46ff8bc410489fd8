import { startSample } from '@acme/sample-api/suite'
import type { SampleProcess } from '@acme/sample-api/suite'

import type { Variant } from './fronts.js'

type Variables = Readonly<Record<string, string>>

const FOLDERS = {
  Express: { folder: 'express-api', env: {} },
  Fastify: { folder: 'fastify-api', env: {} },
  'NestJS on Express': { folder: 'nestjs-api', env: { NEST_PLATFORM: 'express' } },
  'NestJS on Fastify': { folder: 'nestjs-api', env: { NEST_PLATFORM: 'fastify' } },
  Hono: { folder: 'hono-api', env: {} },
} as const

export type ApiName = keyof typeof FOLDERS

export const API_NAMES = Object.keys(FOLDERS) as ApiName[] // as: the keys of a literal

export const VARIANTS: Readonly<Record<Variant, Variables>> = {
  trusting: { TRUST_PROXY: '127.0.0.1/32' },
  untrusting: { TRUST_PROXY: '0' },
  strict: { TRUST_PROXY: '1', HOST: '::1' },
}

/** The built program of an app, as a process of its own. */
function startApp(folder: string, env: Variables): Promise<SampleProcess> {
  return startSample(new URL(`../../../../../apps/${folder}/dist/main.js`, import.meta.url), { PORT: '0', ...env })
}

export function startTenant(): Promise<SampleProcess> {
  return startApp('tenant', {})
}

export function startApi(name: ApiName, variant: Variant, env: Variables): Promise<SampleProcess> {
  return startApp(FOLDERS[name].folder, { ...FOLDERS[name].env, ...VARIANTS[variant], ...env })
}
