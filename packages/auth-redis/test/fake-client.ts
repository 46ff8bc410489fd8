import type { ProofSender } from '@acme/auth-core'

import type { IoredisClient } from '../src/index.js'

/** A client of which a test decides the replies, for what no server can be made to reply. */
export function fakeClient(reply: () => Promise<unknown>): { client: IoredisClient; commands: unknown[][] } {
  const commands: unknown[][] = []
  const client = {
    status: 'ready',
    defineCommand: () => undefined,
    set(...command: unknown[]) {
      commands.push(command)
      return reply()
    },
    // As if somebody else had set it.
    get: async () => '1',
  }
  return { client, commands }
}

export const NOW = 1_760_000_000
export const now = (): number => NOW

export function newSender(): ProofSender {
  return { owner: newKey(), thumbprint: newKey() }
}

/** A key, or part of a sender. */
export function newKey(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url')
}
