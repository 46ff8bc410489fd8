import { once } from 'node:events'

import type { Framework, Setup } from './setup.js'

/** One framework with one guard. Loads no other framework, so that the processes differ in nothing else. */
export async function runServer(): Promise<void> {
  // The driver holds the other end: when it is gone, so is this.
  process.once('disconnect', () => process.exit())
  const [setup] = (await once(process, 'message')) as [Setup] // sent by servers.ts
  const listen = await LISTEN[setup.framework]()
  process.send?.({ port: await listen(setup) })
}

type Listen = (setup: Setup) => Promise<number>

const LISTEN: Readonly<Record<Framework, () => Promise<Listen>>> = {
  express: async () => (await import('./express.js')).listenExpress,
  fastify: async () => (await import('./fastify.js')).listenFastify,
  hono: async () => (await import('./hono.js')).listenHono,
  nest: async () => (await import('./nest.js')).listenNest,
}
