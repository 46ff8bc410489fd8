import type { AddressInfo } from 'node:net'

import { auth0Plugin } from '@acme/auth-fastify'
import fastifyJwt from '@fastify/jwt'
import Fastify from 'fastify'
import type { FastifyInstance, FastifyRequest, onRequestAsyncHookHandler } from 'fastify'

import { keyFetcher, optionsFor, publicPem } from '../candidates/fast-jwt.js'
import { ourOptions } from '../candidates/ours.js'
import { PATH } from '../material.js'
import { createCheck } from './checks.js'
import { BARE_PATH } from './setup.js'
import type { Setup } from './setup.js'

export async function listenFastify(setup: Setup): Promise<number> {
  const app = Fastify()
  app.get(BARE_PATH, answer)
  app.get(PATH, { onRequest: await guard(app, setup) }, answer)
  await app.listen({ port: 0, host: '127.0.0.1' })
  return (app.server.address() as AddressInfo).port // a listening TCP server has no other kind
}

function answer(): Promise<string> {
  return Promise.resolve('ok')
}

async function guard(app: FastifyInstance, setup: Setup): Promise<onRequestAsyncHookHandler> {
  if (setup.guard === 'ours') {
    await app.register(auth0Plugin, ourOptions(setup.issuer))
    return app.requireAuth()
  }
  if (setup.guard.startsWith('native')) return nativeGuard(app, setup)
  const check = createCheck(setup)
  return async ({ headers }) => {
    const pending = check(headers)
    if (pending !== undefined) await pending
  }
}

/** `@fastify/jwt` with a key at hand, with a cache, or with the keys that get-jwks fetches. */
async function nativeGuard(
  app: FastifyInstance,
  { guard: variant, issuer }: Setup,
): Promise<onRequestAsyncHookHandler> {
  const verify = { ...optionsFor(issuer), cache: variant === 'native-cached' ? 1000 : false }
  const fetchKey = keyFetcher(issuer)
  const secret = (_request: FastifyRequest, decoded: unknown): Promise<string> =>
    fetchKey(decoded as Parameters<typeof fetchKey>[0]) // `complete` makes it so
  await app.register(fastifyJwt, {
    decode: { complete: true },
    secret: variant === 'native-key-set' ? secret : { public: publicPem(issuer) },
    verify,
  })
  return async (request) => {
    await request.jwtVerify()
  }
}
