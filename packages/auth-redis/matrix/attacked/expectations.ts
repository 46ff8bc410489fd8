import { eventually, startRedis } from '@acme/tests-servers'
import type { RedisServer } from '@acme/tests-servers'
import { expect, onTestFinished } from 'vitest'

import { openAdmin, PASSWORD } from './faults.js'
import type { Fault, Struck } from './faults.js'
import type { Attacked } from './world.js'

const KEPT = ['--appendonly', 'yes', '--appendfsync', 'always']
const ROUNDS = 5

/** A Redis with a password, which keeps what it has. */
export async function start(settings: readonly string[] = []): Promise<Struck> {
  const server: RedisServer = await startRedis([...KEPT, '--enable-debug-command', 'yes', ...settings])
  onTestFinished(() => server.close())
  await server.send('CONFIG', 'SET', 'requirepass', PASSWORD)
  return openAdmin(server)
}

const DOWN: Readonly<Record<string, RegExp>> = {
  fresh: /^503 (replay|revocation)_unavailable$/,
  ticket: /^503 (ticket|revocation)_unavailable$/,
  bearer: /^503 revocation_unavailable$/,
}

/** What holds at all times: nothing that was used, or revoked, comes through, and nobody is told that a token is bad. */
export async function expectSafe(api: Attacked): Promise<void> {
  for (const answer of await api.replayed()) expect(answer).toMatch(/^(400 proof_replayed|503 \w+_unavailable)$/)
  for (const answer of await api.usedTickets()) expect(answer).toMatch(/^(401 ticket_invalid|503 \w+_unavailable)$/)
  expect(await api.bearer('revoked')).toBe('401 token_revoked')
}

/** Everything works again, by itself. */
export async function expectWell(api: Attacked): Promise<void> {
  await eventually('all answer', async () => {
    const answers = [await api.fresh(), await api.ticket(), await api.bearer('user')]
    return answers.every((answer) => answer === '200')
  })
  for (const other of Object.values(api.others)) await eventually('the others', () => other().catch(() => false))
  expect(new Set(await api.replayed())).toEqual(new Set(['400 proof_replayed']))
  expect(new Set(await api.usedTickets())).toEqual(new Set(['401 ticket_invalid']))
  await api.source.revoke({ subject: 'later' })
  expect(await api.bearer('later')).toBe('401 token_revoked')
}

/** As the fault says, from some time on. */
export async function expectDuring(api: Attacked, { during = {}, others = false }: Fault): Promise<void> {
  for (const what of ['bearer', 'fresh', 'ticket'] as const) {
    const wanted = during[what]
    const isAsWanted = (answer: string): boolean =>
      wanted === undefined ? (DOWN[what]?.test(answer) ?? false) : answer === wanted
    await eventually(`${what}: ${wanted ?? 503}`, async () => isAsWanted(await ask(api, what)))
    for (let round = 0; round < ROUNDS; round++) expect(await ask(api, what)).toSatisfy(isAsWanted)
  }
  for (const other of Object.values(api.others)) {
    if (others) expect(await other()).toBe(true)
    else await expect(other()).rejects.toThrow()
  }
}

function ask(api: Attacked, what: 'fresh' | 'ticket' | 'bearer'): Promise<string> {
  return what === 'bearer' ? api.bearer('user') : api[what]()
}
