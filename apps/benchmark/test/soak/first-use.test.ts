import { createProof, createTestKey } from '@acme/auth-testing'
import { expect, test } from 'vitest'

import { firstUse, replay } from '../../src/soak/first-use.js'
import { createHeldProofs } from '../../src/soak/held-proofs.js'
import { createSender } from '../../src/soak/http.js'
import type { Scene } from '../../src/soak/kind.js'
import { createTally } from '../../src/soak/tally.js'
import type { Counts } from '../../src/soak/tally.js'
import { listen } from './fake-server.js'

const key = await createTestKey('ES256')
const REPLAYED: [number, object] = [400, { code: 'DPOP_6012' }]

type Answers = Parameters<typeof listen>[0]

/** What is counted of a proof that is sent, as copies at once, and then once more. */
async function countsWith(answers: Answers, copies: number): Promise<Counts | undefined> {
  const fake = await listen(answers)
  const { send, close } = createSender()
  const now = Date.now() / 1000
  const tally = createTally()
  const unused = { servers: [], clients: [], wrongClocks: [], forgery: { nonce: () => '' } }
  const tokens = {} as Scene['tokens'] // none is asked for
  const scene: Scene = { ...unused, tokens, send, tally, held: createHeldProofs(10, now), end: now + 60 }
  const proof = await createProof({ key, url: `${fake.server.origin}/api/private` })
  const request = { server: fake.server, method: 'GET', path: '/api/private', token: 'T', proof }
  try {
    await firstUse('first', scene, request, copies)
    await replay(scene, { ...request, goodUntil: now + 300, goneAfter: now + 301 }, 'replay')
  } finally {
    close()
    await fake[Symbol.asyncDispose]()
  }
  return tally.servers.get('fake')
}

function acceptOnce(): Answers {
  let uses = 0
  return () => (uses++ === 0 ? [200, {}] : REPLAYED)
}

test.each([1, 4])('a server that accepts a proof once is right, %d at once', async (copies) => {
  expect(await countsWith(acceptOnce(), copies)).toMatchObject({ accepted: 1, acceptedReplays: 0, unexpected: 0 })
})

test('a server that accepts everything accepts replays', async () => {
  const counts = await countsWith(() => [200, {}], 4)
  expect(counts?.acceptedReplays).toBe((counts?.requests ?? 0) - 1)
  expect(counts?.unexpected).toBe(counts?.acceptedReplays)
})

test('a server that takes each spelling for another proof is caught', async () => {
  const seen = new Set<string>()
  const counts = { acceptedReplays: 0 }
  // Enough for some disguise to be used.
  for (let i = 0; i < 10; i++) {
    const answers: Answers = ({ url, headers }) => {
      const name = [url, headers.host, headers.authorization, headers['dpop']].join(' ')
      return seen.has(name) ? REPLAYED : (seen.add(name), [200, {}])
    }
    counts.acceptedReplays += (await countsWith(answers, 4))?.acceptedReplays ?? 0
  }
  expect(counts.acceptedReplays).toBeGreaterThan(0)
})

test('a server that refuses a new proof is wrong', async () => {
  expect(await countsWith(() => REPLAYED, 1)).toMatchObject({ acceptedReplays: 0, unexpected: 1 })
})

test('a server that fails is wrong', async () => {
  const counts = await countsWith(() => [500, {}], 3)
  expect(counts).toMatchObject({ accepted: 0, acceptedReplays: 0, requests: 4, unexpected: 4 })
})
