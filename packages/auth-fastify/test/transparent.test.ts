import { send, thrownValues } from '@acme/tests-adapters'
import fastify from 'fastify'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { describe, expect, it } from 'vitest'

import { auth0Plugin } from '../src/index.js'
import { serve } from './serve.js'

/** What an application does with a value: throws it in one of its functions, or sends it. */
type Fail = (app: FastifyInstance, thrown: () => unknown) => void

function fails(thrown: () => unknown): () => never {
  return () => {
    throw thrown()
  }
}

const HOOKS = ['onRequest', 'preParsing', 'preValidation', 'preHandler'] as const

const places: Readonly<Record<string, Fail>> = {
  'a handler throws': (app, thrown) => app.get('/', fails(thrown)),
  'a handler rejects': (app, thrown) => app.get('/', async () => fails(thrown)()),
  'a handler sends': (app, thrown) => app.get('/', (_request, reply) => void reply.code(500).send(thrown())),
  'a hook of the scope': (app, thrown) => {
    app.addHook('preHandler', async () => fails(thrown)())
    app.get('/', () => 'done')
  },
  'a hook that calls back': (app, thrown) => {
    app.addHook('onRequest', (_request, _reply, done) => done(thrown() as Error)) // whatever JavaScript passes
    app.get('/', () => 'done')
  },
  ...Object.fromEntries(
    HOOKS.map((hook): [string, Fail] => [
      `${hook} of the route`,
      (app, thrown) => app.get('/', { [hook]: async () => fails(thrown)() }, () => ({ done: true })),
    ]),
  ),
  'a schema that does not hold': (app) => {
    app.get('/', { schema: { querystring: { type: 'object', required: ['page'] } } }, () => 'done')
  },
}

/** Notes what it is called with. */
type Note = (what: string, error?: unknown, reply?: FastifyReply) => void

/** Error handlers of the application: declared at the root, and in the scope of the route. */
interface Handlers {
  readonly root?: (app: FastifyInstance, note: Note) => void
  readonly scope?: (app: FastifyInstance, note: Note) => void
}

function answering(name: string): (app: FastifyInstance, note: Note) => void {
  return (app, note) =>
    void app.setErrorHandler((error, _request, reply) => {
      note(name, error, reply)
      void reply.code(418).send(`by the ${name}`)
    })
}

const errorHandlers: Readonly<Record<string, Handlers>> = {
  none: {},
  'at the root': { root: answering('root') },
  'in the scope': { root: answering('root'), scope: answering('scope') },
  'in the scope, which hands on': {
    root: answering('root'),
    scope: (app, note) =>
      void app.setErrorHandler((error, _request, reply) => {
        note('scope', error, reply)
        void reply.send(error)
      }),
  },
  'in the scope, which sends another': {
    root: answering('root'),
    scope: (app, note) =>
      void app.setErrorHandler((error, _request, reply) => {
        note('scope', error, reply)
        void reply.send(new Error('another', { cause: error }))
      }),
  },
  'in the scope, which rejects': {
    root: answering('root'),
    scope: (app, note) =>
      void app.setErrorHandler(async (error, _request, reply) => {
        note('scope', error, reply)
        throw error
      }),
  },
  'in the scope, which throws another value': {
    scope: (app, note) =>
      void app.setErrorHandler((error, _request, reply) => {
        note('scope', error, reply)
        throw 'another' // oxlint-disable-line no-throw-literal -- as applications do
      }),
  },
  'of the route': {
    root: answering('root'),
    scope: (app, note) =>
      app.addHook('onRoute', (route) => {
        route.errorHandler = (error, _request, reply) => {
          note('route', error, reply)
          void reply.code(409).send('by the route')
        }
      }),
  },
  'that is an onError hook': {
    root: (app, note) => app.addHook('onError', async (_request, reply, error) => note('onError', error, reply)),
    scope: answering('scope'),
  },
}

// Fastify reads the members of what it gets, and does not answer when that throws.
const comparable = thrownValues.filter(([name]) => !name.includes('Proxy'))

/** What clients and the application see of each value, on one server. */
async function seenOf(fail: Fail, { root, scope }: Handlers, withPlugin: boolean): Promise<Record<string, unknown>> {
  let thrown: unknown
  let notes: unknown[] = []
  const note: Note = (what, error, reply) => {
    const isThrown = Object.is(error, thrown)
    notes.push([what, isThrown ? 'as thrown' : Object.prototype.toString.call(error), reply?.statusCode])
  }
  const app = fastify({ requestIdHeader: 'x-request-id' })
  if (withPlugin) await app.register(auth0Plugin, { issuer: 'https://issuer.test/', audience: 'https://api.test/' })
  root?.(app, note)
  await app.register(async (child) => {
    scope?.(child, note)
    fail(child, () => thrown)
  })
  const port = await serve(app)
  const seen: Record<string, unknown> = {}
  for (const [name, value] of comparable) {
    thrown = value
    notes = []
    const answer = await send(port, '/').catch(() => 'no answer')
    seen[name] = { answer, notes }
  }
  return seen
}

describe.each(Object.entries(errorHandlers))('with the plugin as without it, error handlers: %s', (_name, handlers) => {
  it.each(Object.entries(places))('%s', async (_place, fail) => {
    const [without, withPlugin] = [await seenOf(fail, handlers, false), await seenOf(fail, handlers, true)]
    expect(withPlugin).toEqual(without)
  })
})
