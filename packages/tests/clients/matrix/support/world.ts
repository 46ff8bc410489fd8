import { startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer } from '@acme/auth-testing'
import { startSample } from '@acme/sample-api/suite'
import type { SampleProcess } from '@acme/sample-api/suite'

/** The same API on each framework. */
const APIS = {
  Express: ['express-api', {}],
  Fastify: ['fastify-api', {}],
  'NestJS on Express': ['nestjs-api', { NEST_PLATFORM: 'express' }],
  'NestJS on Fastify': ['nestjs-api', { NEST_PLATFORM: 'fastify' }],
  Hono: ['hono-api', {}],
} as const

export const AUDIENCE = 'https://api.example.test/'

/** An issuer, and the five servers, which want DPoP. */
export interface World {
  readonly issuer: ListeningTestIssuer
  /** They want nonces. */
  readonly apis: readonly string[]
  /** The same, without nonces. */
  readonly plain: readonly string[]
  close(): Promise<void>
}

// What tests do to `Date` is not to reach the issuer.
const realNow = (): number => (performance.timeOrigin + performance.now()) / 1000

export async function startWorld(): Promise<World> {
  const issuer = await startTestIssuer({
    audience: AUDIENCE,
    algorithm: 'RS256',
    accessTokenLifetime: 86_400,
    now: realNow,
  })
  const env = {
    PORT: '0',
    AUTH0_ISSUER: issuer.issuer,
    AUTH0_AUDIENCE: AUDIENCE,
    AUTH0_DPOP: 'required',
  }
  const start = (nonce: string): Promise<SampleProcess[]> => {
    const running = Object.values(APIS).map(([app, own]) => {
      const main = new URL(`../../../../../apps/${app}/dist/main.js`, import.meta.url)
      return startSample(main, { ...env, ...own, DPOP_NONCE: nonce })
    })
    return Promise.all(running)
  }
  const [started, plain] = [await start('required'), await start('off')]
  return {
    issuer,
    apis: started.map(({ origin }) => origin),
    plain: plain.map(({ origin }) => origin),
    async close() {
      for (const one of [...started, ...plain]) one.kill()
      await issuer.close()
    },
  }
}
