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
  }
  return { client, commands }
}

export const NOW = 1_760_000_000
export const now = (): number => NOW

/** A key or thumbprint. */
export function newKey(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url')
}
