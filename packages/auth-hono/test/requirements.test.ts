import { Hono } from 'hono'
import { every } from 'hono/combine'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createAuth } from '../src/index.js'
import type { HonoAuth } from '../src/index.js'
import { serve } from './serve.js'
import { createWorld, lacksScope, send } from '@acme/tests-adapters'
import type { World } from '@acme/tests-adapters'

let world: World
let auth: HonoAuth
beforeAll(async () => {
  world = await createWorld()
  auth = createAuth(world.options)
})
afterAll(() => world.issuer.close())

describe('requirements of a wrong form throw when the guard is created', () => {
  const words = "words such as 'read:messages', as a list or by spaces, not commas"

  it.each([
    ['an empty string', () => auth.requireAuth(''), `scopes: got "", want ${words}`],
    ['an empty list', () => auth.requireAuth([]), `scopes: got [], want ${words}`],
    ['an empty string among scopes', () => auth.requireAuth('a', ''), `scopes: got "", want ${words}`],
    ['two scopes in one item', () => auth.requireAuth(['a b']), `scopes: got ["a b"], want ${words}`],
    // @ts-expect-error -- the name is not known
    ['an unknown name', () => auth.requireAuth({ scope: 'a' }), /^requireAuth: unknown option "scope"/],
    // @ts-expect-error -- an undefined variable must not open the route
    ['undefined', () => auth.requireAuth(undefined), /^scopes: got /],
  ])('%s', (_name, create, message) => {
    expect(create).toThrow(TypeError)
    expect(create).toThrow(message)
  })
})

describe.each([
  ['two arguments', () => auth.requireAuth('a', 'b')],
  ['a list', () => auth.requireAuth(['a', 'b'])],
  ['one string', () => auth.requireAuth('a b')],
  ['an object', () => auth.requireAuth({ scopes: ['a', 'b'] })],
  ['two guards', () => every(auth.requireAuth('a'), auth.requireAuth('a', 'b'))],
])('scopes as %s', (_name, guard) => {
  it.each(['a', 'b', 'ab', undefined])('are all required: %s is not enough', async (scope) => {
    const port = await serve(new Hono().get('/', guard(), (c) => c.text('done')))
    const { status, body } = await send(port, '/', await world.bearer(scope === undefined ? {} : { scope }))
    expect({ status, body }).toEqual({ status: 403, body: lacksScope('a b').body })
  })

  it('are named in the challenge, and enough together', async () => {
    const port = await serve(new Hono().get('/', guard(), (c) => c.text('done')))
    expect(await send(port, '/', await world.bearer({ scope: 'a' }))).toEqual(lacksScope('a b'))
    expect(await send(port, '/', await world.bearer({ scope: 'c b a' }))).toMatchObject({ status: 200, body: 'done' })
  })
})
