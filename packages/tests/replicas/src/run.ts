import type { ResourceServer } from '@acme/auth-core'

import { createParts } from './parts.js'
import type { Parts } from './parts.js'
import type { Answer, Question, ReplicaSettings, Told } from './settings.js'

/** A framework's server. */
export interface Served {
  readonly port: number
  readonly resourceServer: Pick<ResourceServer, 'preload'>
}

/** The program of a replica: serves, and answers what its parent asks, until that ends. */
export async function run(serve: (parts: Parts) => Promise<Served>): Promise<void> {
  process.on('disconnect', () => process.exit(0))
  // as: the parent sets it
  const settings = JSON.parse(process.env['REPLICA_SETTINGS'] ?? '{}') as ReplicaSettings
  const parts = await createParts(settings)
  const { port, resourceServer } = await serve(parts)
  await resourceServer.preload()
  process.on('message', (question: Question) => {
    void answerTo(question, parts).then((answer) => process.send?.(answer))
  })
  process.send?.({ port })
}

async function answerTo(question: Question, parts: Parts): Promise<Answer> {
  const { id } = question
  if ('revoke' in question) return { id, error: await errorOf(parts.revocations.revoke(question.revoke)) }
  if (question.collect) globalThis.gc?.()
  const { heapUsed, external, rss } = process.memoryUsage()
  const told: Told = { heapUsed, external, rss, ...parts.tell() }
  return { id, told }
}

async function errorOf(done: Promise<void>): Promise<string | undefined> {
  try {
    await done
    return undefined
  } catch (error) {
    return String(error)
  }
}
