import { startSample } from '@acme/sample-api/suite'
import type { SampleProcess } from '@acme/sample-api/suite'
import { startTenant } from '@acme/tenant'
import type { Tenant } from '@acme/tenant'

export interface World {
  readonly tenant: Tenant
  readonly samples: Readonly<Record<SampleName, SampleProcess>>
  close(): Promise<void>
}

export type SampleName = keyof typeof SAMPLES

const NEST = new URL('../../../../apps/nestjs-api/dist/main.js', import.meta.url)
const SAMPLES = {
  express: { main: new URL('../../../../apps/express-api/dist/main.js', import.meta.url), env: {} },
  fastify: { main: new URL('../../../../apps/fastify-api/dist/main.js', import.meta.url), env: {} },
  hono: { main: new URL('../../../../apps/hono-api/dist/main.js', import.meta.url), env: {} },
  'nest on express': { main: NEST, env: { NEST_PLATFORM: 'express' } },
  'nest on fastify': { main: NEST, env: { NEST_PLATFORM: 'fastify' } },
}

export const sampleNames = Object.keys(SAMPLES) as SampleName[] // as: its own keys

/** A tenant, and the five sample APIs that trust it, each in a process of its own. */
export async function startWorld(): Promise<World> {
  const tenant = await startTenant()
  const base = { PORT: '0', AUTH0_ISSUER: tenant.issuer, AUTH0_AUDIENCE: tenant.audience }
  const start = async (name: SampleName): Promise<[SampleName, SampleProcess]> => {
    const { main, env } = SAMPLES[name]
    return [name, await startSample(main, { ...base, ...env })]
  }
  const started = await Promise.all(sampleNames.map(start))
  return {
    tenant,
    samples: Object.fromEntries(started) as World['samples'], // as: one for each name
    async close() {
      for (const [, sample] of started) sample.kill()
      await tenant.close()
    },
  }
}

/** Logs in as a browser does: follows redirects, keeps cookies, fills in the form. @returns where it ends, with the code */
export async function logIn(authorizationUrl: URL): Promise<URL> {
  const cookies = new Map<string, string>()
  let next: { url: URL; form?: URLSearchParams } = { url: authorizationUrl }
  for (let step = 0; step < 10; step++) {
    const { url, form } = next
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form !== undefined && { method: 'POST', body: form }),
    })
    await response.body?.cancel()
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (location === null) {
      // The page with the form.
      if (response.status !== 200 || form !== undefined) throw new Error(`${url.pathname} answered ${response.status}`)
      next = { url, form: new URLSearchParams({ name: 'ada' }) }
      continue
    }
    const target = new URL(location, url)
    if (target.pathname === new URL(CALLBACK).pathname) return target
    next = { url: target }
  }
  throw new Error(`the login does not end: ${next.url.href}`)
}

/** Nobody listens there: the login stops before. */
export const CALLBACK = 'http://127.0.0.1:9/callback'
