import type { RequestHandler } from 'express'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createAuth } from '../src/index.js'
import type { ExpressAuth } from '../src/index.js'
import { createApp, serve } from './serve.js'
import { createWorld, lacksScope, send } from '@acme/tests-adapters'
import type { World } from '@acme/tests-adapters'

let world: World
let auth: ExpressAuth
beforeAll(async () => {
  world = await createWorld()
  auth = createAuth(world.options)
})
afterAll(() => world.issuer.close())

const done: RequestHandler = (_request, response) => void response.send('done')

describe('requirements of a wrong form throw when the guard is created', () => {
  const words = "words such as 'read:messages', as a list or by spaces, not commas"

  it.each([
    ['an empty string', () => auth.requireAuth(''), `scopes: got "", want ${words}`],
    ['only spaces', () => auth.requireAuth('  '), `scopes: got "  ", want ${words}`],
    ['an empty list', () => auth.requireAuth([]), `scopes: got [], want ${words}`],
    ['an empty string among scopes', () => auth.requireAuth('a', ''), `scopes: got "", want ${words}`],
    ['an empty string in a list', () => auth.requireAuth(['a', '']), `scopes: got ["a",""], want ${words}`],
    ['two scopes in one item', () => auth.requireAuth(['a b']), `scopes: got ["a b"], want ${words}`],
    ['a quote', () => auth.requireAuth('a"b'), `scopes: got "a\\"b", want ${words}`],
    ['an empty list of permissions', () => auth.requireAuth({ permissions: [] }), `permissions: got [], want ${words}`],
    // @ts-expect-error -- the name is not known
    ['an unknown name', () => auth.requireAuth({ scope: 'a' }), /^requireAuth: unknown /],
    // @ts-expect-error -- a list goes alone
    ['a list among scopes', () => auth.requireAuth('a', ['b']), `scopes: got ["a",["b"]], want ${words}`],
    // @ts-expect-error -- an object goes alone
    ['an object among scopes', () => auth.requireAuth('a', {}), `scopes: got ["a",{}], want ${words}`],
    // @ts-expect-error -- not a scope
    ['null', () => auth.requireAuth(null), `scopes: got [null], want ${words}`],
    // @ts-expect-error -- not a scope; an undefined variable must not open the route
    ['undefined', () => auth.requireAuth(undefined), `scopes: got [null], want ${words}`],
  ])('%s', (_name, create, message) => {
    expect(create).toThrow(TypeError)
    expect(create).toThrow(message)
  })

  it('an option that does not exist', () => {
    // @ts-expect-error -- the name is not known
    expect(() => createAuth({ ...world.options, audiences: ['a'] })).toThrow(TypeError)
  })

  it('trustProxy, which Express has itself', () => {
    const options = { ...world.options, trustProxy: 1 }
    expect(() => createAuth(options)).toThrow(
      "trustProxy: unknown option, want the framework's own setting: app.set('trust proxy', ...)",
    )
  })

  it('DPoP on a route where it is disabled', () => {
    const bearerOnly = createAuth({ ...world.options, dpop: { mode: 'disabled' } })
    expect(() => bearerOnly.requireAuth({ dpop: 'required' })).toThrow(TypeError)
  })
})

describe.each([
  ['two arguments', () => auth.requireAuth('a', 'b')],
  ['a list', () => auth.requireAuth(['a', 'b'])],
  ['one string', () => auth.requireAuth('a b')],
  ['an object', () => auth.requireAuth({ scopes: 'a b' })],
  ['two guards', () => [auth.requireAuth('a'), auth.requireAuth('a', 'b')]],
])('scopes as %s', (_name, guard) => {
  it.each(['a', 'b', 'ab', 'a:b b', 'A B', undefined])('are all required: %s is not enough', async (scope) => {
    const port = await serve(createApp().get('/', guard(), done))
    const { status, body } = await send(port, '/', await world.bearer(scope === undefined ? {} : { scope }))
    expect({ status, body }).toEqual({ status: 403, body: lacksScope('a b').body })
  })

  it('are named in the challenge, the granted ones too', async () => {
    const port = await serve(createApp().get('/', guard(), done))
    expect(await send(port, '/', await world.bearer({ scope: 'a' }))).toEqual(lacksScope('a b'))
  })

  it('are enough together', async () => {
    const port = await serve(createApp().get('/', guard(), done))
    expect(await send(port, '/', await world.bearer({ scope: 'c b a' }))).toMatchObject({ status: 200, body: 'done' })
  })
})
