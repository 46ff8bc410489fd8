import { ApolloDriver } from '@nestjs/apollo'
import type { ApolloDriverConfig } from '@nestjs/apollo'
import { UseGuards } from '@nestjs/common'
import type { DynamicModule } from '@nestjs/common'
import { Context, GraphQLModule, Query, Resolver } from '@nestjs/graphql'
import { MercuriusDriver } from '@nestjs/mercurius'
import type { MercuriusDriverConfig } from '@nestjs/mercurius'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { Auth, Auth0Guard, Auth0Module, OptionalAuth, Public, RequireAuth } from '../src/index.js'
import type { AuthContext } from '../src/index.js'
import { serve } from './serve.js'
import type { Platform } from './serve.js'
import { forTheApplication } from './transports.js'
import { createWorld, NONCE_SECRET } from '@acme/tests-adapters'
import type { Header, World } from '@acme/tests-adapters'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())

@Resolver()
class TestResolver {
  @Public() @Query(() => String) open(@Auth() auth: AuthContext | null): string {
    return nameOf(auth)
  }
  @OptionalAuth() @Query(() => String) anybody(@Auth() auth: AuthContext | null): string {
    return nameOf(auth)
  }
  @UseGuards(Auth0Guard) @Query(() => String) me(@Auth() auth: AuthContext): string {
    return nameOf(auth)
  }
  @RequireAuth('read') @Query(() => String) read(@Auth() auth: AuthContext): string {
    return nameOf(auth)
  }
  @RequireAuth() @Query(() => String) attached(@Context() context: WithRequest): string {
    return nameOf((context.req ?? context.reply?.request)?.auth ?? null)
  }
  @Query(() => String) bare(@Auth() auth: AuthContext | null): string {
    return nameOf(auth)
  }
}

interface WithRequest {
  readonly req?: { readonly auth?: AuthContext }
  readonly reply?: { readonly request: { readonly auth?: AuthContext } }
}

function nameOf(auth: AuthContext | null): string {
  return auth?.subject ?? 'nobody'
}

const graphql = { autoSchemaFile: true, path: '/graphql' } as const
const apollo = (more: object = {}): DynamicModule =>
  GraphQLModule.forRoot<ApolloDriverConfig>({ driver: ApolloDriver, ...graphql, ...more })
const mercurius = (more: object = {}): DynamicModule =>
  GraphQLModule.forRoot<MercuriusDriverConfig>({ driver: MercuriusDriver, ...graphql, ...more })

const servers: readonly (readonly [string, Platform, typeof apollo])[] = [
  ['Apollo on Express', 'Express', apollo],
  ['Apollo on Fastify', 'Fastify', apollo],
  ['mercurius', 'Fastify', mercurius],
]

interface Answer {
  readonly status: number
  readonly challenge: string | null
  readonly nonce: string | null
  readonly data: Readonly<Record<string, unknown>> | null
  readonly errors?: readonly Readonly<Record<string, unknown>>[]
}

async function query(port: number, fields: string, headers: readonly Header[] = []): Promise<Answer> {
  const sent = new Headers([
    ['content-type', 'application/json'],
    ['x-request-id', 'request-1'],
  ])
  for (const [name, value] of headers) sent.append(name, value)
  const body = JSON.stringify({ query: `{ ${fields} }` })
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, { method: 'POST', headers: sent, body })
  const { data, errors } = (await response.json()) as Pick<Answer, 'data' | 'errors'> // GraphQL §7.1
  const [challenge, nonce] = ['www-authenticate', 'dpop-nonce'].map((name) => response.headers.get(name))
  return {
    status: response.status,
    challenge: challenge ?? null,
    nonce: nonce ?? null,
    data,
    ...(errors && { errors }),
  }
}

const NOBODY = {
  error: 'invalid_request',
  correlation_id: 'request-1',
  code: 'UNAUTHENTICATED',
  auth_code: 'AUTH_1003',
}

describe.each(servers)('%s', (_name, platform, driver) => {
  const start = (providers: (typeof forTheApplication)[number][1], options = {}): Promise<number> =>
    serve(platform, {
      imports: [Auth0Module.forRoot({ ...world.options, ...options }), driver()],
      providers: [TestResolver, ...providers],
    })

  it.each(forTheApplication)('%s: judges each field by the credentials of the request', async (_applied, providers) => {
    const port = await start(providers)
    expect(await query(port, 'open anybody')).toMatchObject({ data: { open: 'nobody', anybody: 'nobody' } })
    const token = await world.bearer({ scope: 'read' })
    const all = await query(port, 'open anybody me read attached', token)
    const user = 'user-1'
    expect(all.data).toEqual({ open: 'nobody', anybody: user, me: user, read: user, attached: user })
    expect((await query(port, 'bare')).errors?.length ?? 0).toBe(providers.length)
  })

  it('refuses with the codes of GraphQL, and with a challenge', async () => {
    const port = await start([])
    const nobody = await query(port, 'me')
    expect(nobody).toMatchObject({
      status: 200,
      challenge: 'Bearer realm="api", DPoP algs="ES256"',
      data: null,
      errors: [{ message: expect.any(String), extensions: NOBODY }],
    })
    expect(nobody.errors?.[0]?.['extensions']).not.toHaveProperty('http')
    const other = await query(port, 'read', await world.bearer({ scope: 'write' }))
    expect(other.challenge).toContain('error="insufficient_scope"')
    expect(other.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN', error: 'insufficient_scope' } }])
    const malformed = await query(port, 'me', [['Authorization', 'Bearer']])
    expect(malformed.errors).toMatchObject([{ extensions: { code: 'BAD_REQUEST', error: 'invalid_request' } }])
    const expired = await query(port, 'anybody', await world.bearer({ expiresIn: -600 }))
    expect(expired.errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED', error: 'invalid_token' } }])
  })

  it('verifies a proof once for all fields of an operation', async () => {
    const port = await start([])
    const headers = await world.dpop(`http://127.0.0.1:${port}/graphql`, { method: 'POST', scope: 'read' })
    expect((await query(port, 'me read attached', headers)).errors).toBeUndefined()
    const replayed = await query(port, 'me', headers)
    expect(replayed.errors).toMatchObject([{ extensions: { code: 'BAD_REQUEST', error: 'invalid_dpop_proof' } }])
  })

  it('asks for a nonce', async () => {
    const port = await start([], { dpop: { nonce: { secret: NONCE_SECRET } } })
    const answer = await query(port, 'me', await world.dpop(`http://127.0.0.1:${port}/graphql`, { method: 'POST' }))
    expect(answer).toMatchObject({ nonce: expect.any(String), errors: [{ extensions: { error: 'use_dpop_nonce' } }] })
  })

  it.each([
    ['an object', { tenant: 'one' }],
    ['a function', always({ tenant: 'one' })],
  ])('a context that all requests share gives nobody the credentials of another: %s', async (_how, context) => {
    const imports = [Auth0Module.forRoot(world.options), driver({ context })]
    const port = await serve(platform, { imports, providers: [TestResolver] })
    // Nest's driver for Apollo makes a copy; that for mercurius does not, and no caller can be told.
    const isTold = driver === apollo
    const others = await query(port, 'me attached', await world.bearer({ claims: { sub: 'user-2' } }))
    expect(others.data).toEqual({ me: 'user-2', attached: 'user-2' })
    const [known, stranger] = [await query(port, 'me', await world.bearer()), await query(port, 'me')]
    expect([known.data?.['me'] ?? 'nobody', stranger.data]).toEqual([isTold ? 'user-1' : 'nobody', null])
    const anybody = await query(port, 'anybody')
    expect(anybody.data).toEqual(isTold ? { anybody: 'nobody' } : null)
  })
})

function always(value: object): () => object {
  return () => value
}
