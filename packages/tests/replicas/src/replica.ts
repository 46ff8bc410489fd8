import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

import type { Answer, Listening, ReplicaSettings, Told } from './settings.js'

const PROGRAMS = { express: 'express-replica.js', hono: 'hono-replica.js' } as const

export type ReplicaKind = keyof typeof PROGRAMS

/**
 * An API in a process of its own, on 127.0.0.1. Guarded by the scope `read:x` are `GET /plain`, `/ws` and `/events`, a
 * WebSocket and a stream of events that are kept authenticated; by any token `POST /tickets?path=…`. `POST /security-events`
 * takes security event tokens.
 */
export interface Replica {
  readonly kind: ReplicaKind
  readonly port: number
  /** @throws {Error} what the call of the application came to */
  revoke(tokens: { readonly issuer: string; readonly subject: string }): Promise<void>
  /** @param collect - garbage first */
  tell(collect?: boolean): Promise<Told>
  /** What it wrote to the standard error. */
  readonly words: () => string
  /** Its exit code, or signal, when it has ended. */
  readonly ended: Promise<unknown>
  close(): Promise<void>
}

/** @throws {Error} when it ends before it listens */
export async function startReplica(kind: ReplicaKind, settings: ReplicaSettings): Promise<Replica> {
  const child = fork(fileURLToPath(new URL(`../dist/${PROGRAMS[kind]}`, import.meta.url)), {
    execArgv: ['--expose-gc'],
    // Nothing of the environment: a setting of the developer's shell must not count.
    env: { NODE_ENV: 'production', REPLICA_SETTINGS: JSON.stringify(settings) },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let words = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-10_000)))
  const ended = once(child, 'close').then(([code, signal]: unknown[]) => code ?? signal)
  const early = ended.then((code) => Promise.reject(new Error(`${kind} ended with ${String(code)}: ${words}`)))
  const first: Promise<unknown[]> = once(child, 'message')
  const [listening] = await Promise.race([first, early])
  early.catch(() => undefined)
  const ask = asking(child, ended)
  return {
    kind,
    port: (listening as Listening).port, // as: its first message
    async revoke(revoke) {
      const answer = await ask({ revoke })
      if ('error' in answer && answer.error !== undefined) throw new Error(answer.error)
    },
    async tell(collect = false) {
      const answer = await ask({ collect })
      if ('told' in answer) return answer.told
      throw new Error('it told nothing')
    },
    words: () => words,
    ended,
    async close() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

function asking(child: ChildProcess, ended: Promise<unknown>): (question: object) => Promise<Answer> {
  const waiting = new Map<number, (answer: Answer) => void>()
  let last = 0
  child.on('message', (answer: Answer) => {
    waiting.get(answer.id)?.(answer)
    waiting.delete(answer.id)
  })
  const over = ended.then(() => Promise.reject(new Error('the replica has ended')))
  over.catch(() => undefined)
  return (question) => {
    const id = ++last
    const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve))
    child.send({ id, ...question })
    return Promise.race([answered, over])
  }
}
