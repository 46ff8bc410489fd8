import { createWorld, send } from '@acme/tests-adapters'
import type { World } from '@acme/tests-adapters'
import fastifyAuth from '@fastify/auth'
import fastify from 'fastify'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'

import { auth0Plugin } from '../src/index.js'
import { placements } from './fault-server.js'
import type { Placement } from './fault-server.js'
import { serve } from './serve.js'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())

describe.each(Object.entries(placements))('in %s', (_name, place: Placement) => {
  it.each(['a listener', 'an onSend hook'])(
    '%s that throws while a refusal is written: an answer, no pass',
    async (who) => {
      const unhandled = vi.fn<(reason: unknown) => void>()
      process.on('unhandledRejection', unhandled)
      onTestFinished(() => void process.off('unhandledRejection', unhandled))
      const handler = vi.fn<() => string>(() => 'passed')
      const app = fastify({ requestIdHeader: 'x-request-id' })
      app.addHook('onRequest', async (_request, { raw }) => {
        const { writeHead } = raw
        if (who === 'a listener') {
          raw.writeHead = () => {
            raw.writeHead = writeHead
            throw new Error('the listener is broken')
          }
        }
      })
      app.addHook('onSend', async () => {
        if (who === 'an onSend hook') throw new Error('the hook is broken')
      })
      await app.register(fastifyAuth)
      const server = { options: world.options, wanted: [], trustProxy: () => false, replace: () => undefined, handler }
      await place(app, server, async () => {
        await app.register(auth0Plugin, world.options)
      })
      // As for a handler that answers 401.
      expect((await send(await serve(app), '/')).status).toBe(401)
      expect(handler).not.toHaveBeenCalled()
      expect(unhandled).not.toHaveBeenCalled()
    },
  )
})
