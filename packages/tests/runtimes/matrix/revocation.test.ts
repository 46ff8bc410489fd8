import { startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer } from '@acme/auth-testing'
import { afterAll, beforeAll, expect, it } from 'vitest'

import type { Learned } from './revocation/learn.js'
import { runBun, runDeno, startWorker } from './start.js'

let issuer: ListeningTestIssuer
beforeAll(async () => {
  issuer = await startTestIssuer()
})
afterAll(() => issuer.close())

async function inWorker(lesson: string): Promise<string> {
  const worker = await startWorker('revocation/worker.ts', {})
  try {
    return await (await worker.dispatchFetch('http://worker.test/', { method: 'POST', body: lesson })).text()
  } finally {
    await worker.dispose()
  }
}

const RUNTIMES: readonly (readonly [name: string, run: (lesson: string) => Promise<string>])[] = [
  ['Bun', (lesson) => runBun('revocation/main.ts', lesson)],
  ['Deno', (lesson) => runDeno('revocation/main.ts', lesson)],
  ['workerd', inWorker],
]

it.each(RUNTIMES)('%s learns of revoked tokens', async (_, run) => {
  const event = (sub: string, further = {}): Promise<string> =>
    issuer.securityEvent({ subject: { format: 'opaque', id: sub }, ...further })
  issuer.queueEvent(await event('polled'))
  const lesson = JSON.stringify({
    issuer: issuer.issuer,
    poll: issuer.urlOf('poll'),
    pushed: [await event('pushed'), await event('forged', { signature: 'flipped' }), 'x'.repeat(70_000)],
    list: issuer.statusList([0, 1]).uri,
  })
  const learned = JSON.parse(await run(lesson)) as Learned // that is what the program prints
  expect(learned).toEqual({
    statuses: [202, 400, 400],
    revoked: ['pushed', 'polled'],
    listed: [false, true, true],
    state: 'up',
  })
})
