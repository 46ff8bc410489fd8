import type { AddressInfo } from 'node:net'

import express from 'express'
import type { Express } from 'express'
import { onTestFinished } from 'vitest'

/** An application that sends no header of its own. */
export function createApp(): Express {
  return express().disable('x-powered-by')
}

/** Serves an application for the rest of the test. @returns its port */
export async function serve(app: Express): Promise<number> {
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  return (server.address() as AddressInfo).port // listens on TCP
}
