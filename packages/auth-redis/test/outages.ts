import { eventually } from '@acme/tests-servers'
import { onTestFinished } from 'vitest'

import { openClient } from './clients.js'
import type { ClientKind, OpenClient } from './clients.js'
import { startBackend } from './subject.js'
import type { Backend } from './subject.js'

/** Starts a Redis for one test, and a client of it. */
export async function startForTest(
  kind: ClientKind,
  settings?: readonly string[],
): Promise<{ readonly backend: Backend; readonly client: OpenClient }> {
  const backend = await startBackend(kind, settings)
  onTestFinished(() => backend.close())
  return { backend, client: await openForTest(kind, backend) }
}

/** Opens one more client, for one test. */
export async function openForTest(kind: ClientKind, backend: Backend): Promise<OpenClient> {
  const client = await openClient[kind](backend)
  onTestFinished(() => client.close())
  return client
}

/** Seconds since 1970. Longer than any test waits for a server on a busy machine. */
export function soon(): number {
  return Date.now() / 1000 + 600
}

/** Polls until the store answers. */
export async function answersAgain(reserve: () => unknown): Promise<void> {
  await eventually('an answer of the store', async () => {
    try {
      return (await reserve()) === 'reserved'
    } catch {
      return false
    }
  })
}
