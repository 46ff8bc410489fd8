import { once } from 'node:events'
import { createInterface } from 'node:readline'

import type { AuthEvent } from '@acme/auth-hono'
import type { Capability, ConnectionDriver } from '@acme/tests-connections'

import { spawnProgram } from '../start.js'
import type { Program } from '../start.js'

const LISTENING = 'listening on '

/** What a server tells, beside events. */
interface ToldTrace {
  readonly trace: string
}

/** A server of a runtime, in a process of its own: it is told of revocations, and tells its events and traces. */
export function driverOf(
  program: Program,
  transport: 'ws' | 'sse',
  lacks: readonly Capability[] = [],
): ConnectionDriver {
  return {
    transport,
    lacks,
    async start({ revocation, onEvent, traces, ...options }) {
      const child = spawnProgram(program, JSON.stringify({ options, transport }))
      const exited = once(child, 'exit')
      let log = ''
      const store = typeof traces === 'object' ? traces.store : undefined
      const hear = (told: AuthEvent | ToldTrace): void => {
        if ('trace' in told) void store?.put('', told.trace, 0, '')
        else onEvent?.(told)
      }
      for (const output of [child.stdout, child.stderr]) output.on('data', (chunk) => (log += String(chunk)))
      const port = await new Promise<number>((resolve, reject) => {
        createInterface(child.stdout).on('line', (line) => {
          if (line.startsWith(LISTENING)) resolve(Number(new URL(line.slice(LISTENING.length)).port))
          else hear(JSON.parse(line) as AuthEvent | ToldTrace) // as the server writes them
        })
        void exited.then(() => reject(new Error(`${program.command} ended: ${log}`)))
      })
      const source = [revocation].flat()[0]
      const end = source?.subscribe?.({
        revoked: ({ subject = '' }) =>
          void fetch(`http://127.0.0.1:${port}/revoke?subject=${encodeURIComponent(subject)}`, { method: 'POST' }),
      })
      const close = async (): Promise<void> => {
        end?.()
        child.stdin.end()
        await exited
      }
      return { port, close, log: () => log }
    },
  }
}
