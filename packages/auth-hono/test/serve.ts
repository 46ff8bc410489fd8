import type { AddressInfo } from 'node:net'

import { serve as listen } from '@hono/node-server'
import type { Env, Hono, Schema } from 'hono'
import { onTestFinished } from 'vitest'

/** Serves an application for the rest of the test. @returns its port */
export async function serve<E extends Env, S extends Schema, Path extends string>(
  app: Hono<E, S, Path>,
): Promise<number> {
  return new Promise((resolve) => {
    const server = listen({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }: AddressInfo) =>
      resolve(port),
    )
    onTestFinished(() => new Promise<void>((closed) => server.close(() => closed())))
  })
}
