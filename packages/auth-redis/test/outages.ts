import { eventually } from '@acme/tests-servers'
import { onTestFinished } from 'vitest'
import type { TestContext } from 'vitest'

import { openClient } from './clients.js'
import type { ClientKind, OpenClient } from './clients.js'
import { startBackend } from './subject.js'
import type { Backend } from './subject.js'

/** A test that runs beside others has to say which it is. */
type EndOfTest = Pick<TestContext, 'onTestFinished'>

/** Starts a Redis for one test, and a client of it. */
export async function startForTest(
  kind: ClientKind,
  settings?: readonly string[],
  test: EndOfTest = { onTestFinished },
): Promise<{ readonly backend: Backend; readonly client: OpenClient }> {
  const backend = await startBackend(kind, settings)
  test.onTestFinished(() => backend.close())
  return { backend, client: await openForTest(kind, backend, test) }
}

/** Opens one more client, for one test. */
export async function openForTest(
  kind: ClientKind,
  backend: Backend,
  test: EndOfTest = { onTestFinished },
): Promise<OpenClient> {
  const client = await openClient[kind](backend)
  test.onTestFinished(() => client.close())
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
