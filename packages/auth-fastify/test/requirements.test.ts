import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { createApp, serve } from './serve.js'
import { createWorld, lacksScope, send } from '@acme/tests-adapters'
import type { World } from '@acme/tests-adapters'

let world: World
let app: FastifyInstance
beforeAll(async () => {
  world = await createWorld()
})
beforeEach(async () => {
  app = await createApp(world.options)
})
afterAll(() => world.issuer.close())

describe('requirements of a wrong form throw when the hook is created', () => {
  const words = "words such as 'read:messages', as a list or by spaces, not commas"

  it.each([
    ['an empty string', () => app.requireAuth(''), `scopes: got "", want ${words}`],
    ['an empty list', () => app.requireAuth([]), `scopes: got [], want ${words}`],
    ['an empty string among scopes', () => app.requireAuth('a', ''), `scopes: got "", want ${words}`],
    ['two scopes in one item', () => app.requireAuth(['a b']), `scopes: got ["a b"], want ${words}`],
    // @ts-expect-error -- the name is not known
    ['an unknown name', () => app.requireAuth({ scope: 'a' }), /^requireAuth: unknown option "scope"/],
    // @ts-expect-error -- an undefined variable must not open the route
    ['undefined', () => app.requireAuth(undefined), /^scopes: got /],
  ])('%s', (_name, create, message) => {
    expect(create).toThrow(TypeError)
    expect(create).toThrow(message)
  })
})

describe.each([
  ['two arguments', () => app.requireAuth('a', 'b')],
  ['a list', () => app.requireAuth(['a', 'b'])],
  ['one string', () => app.requireAuth('a b')],
  ['an object', () => app.requireAuth({ scopes: ['a', 'b'] })],
  ['two hooks', () => [app.requireAuth('a'), app.requireAuth('a', 'b')]],
])('scopes as %s', (_name, hook) => {
  it.each(['a', 'b', 'ab', undefined])('are all required: %s is not enough', async (scope) => {
    app.get('/', { preHandler: hook() }, () => 'done')
    const answer = await send(await serve(app), '/', await world.bearer(scope === undefined ? {} : { scope }))
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 403, body: lacksScope('a b').body })
  })

  it('are named in the challenge, and enough together', async () => {
    app.get('/', { preHandler: hook() }, () => 'done')
    const port = await serve(app)
    expect(await send(port, '/', await world.bearer({ scope: 'a' }))).toEqual(lacksScope('a b'))
    expect(await send(port, '/', await world.bearer({ scope: 'c b a' }))).toMatchObject({ status: 200, body: 'done' })
  })
})
