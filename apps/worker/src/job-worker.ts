import { UnrecoverableError, Worker } from 'bullmq'
import type { Job } from 'bullmq'
import type { Redis } from 'ioredis'
import type { JWTVerifyGetKey } from 'jose'

import type { ApiClient } from './api-client.js'
import { JobRefused, verifyJob } from './envelope.js'
import type { VerifiedJob } from './envelope.js'
import type { Ledger } from './ledger.js'
import { log, QUEUE } from './queue.js'
import { TASKS } from './tasks.js'
import type { TokenVault } from './token-vault.js'

/** What the worker works with. */
export interface WorkerParts {
  /** Of the API that vouches for jobs. */
  readonly keys: JWTVerifyGetKey
  readonly ledger: Ledger
  readonly api: ApiClient
  readonly vault: TokenVault | undefined
  /** Seconds since the epoch. */
  readonly now: () => number
}

/** What is kept of a job that was done. */
export interface Done {
  readonly status: number
}

/** @param redis - for blocking commands: `maxRetriesPerRequest: null` */
export function jobWorker(redis: Redis, parts: WorkerParts): Worker<unknown, Done> {
  const worker = new Worker<unknown, Done>(QUEUE, (job) => handle(job, parts), { connection: redis, concurrency: 8 })
  // Each failed attempt to connect to Redis is one.
  worker.on('error', () => undefined)
  return worker
}

/** Does what a job says, when a caller stands behind it, and once. */
async function handle(given: Job<unknown>, parts: WorkerParts): Promise<Done> {
  try {
    const job = await verified(given, parts)
    const done = await once(job, parts)
    await parts.vault?.remove(job.id)
    return done
  } catch (error) {
    if (!(error instanceof JobRefused)) throw error
    log({ event: 'job_refused', id: given.id, reason: error.message })
    // Nothing would change by trying again.
    throw new UnrecoverableError(error.message)
  }
}

/** Everything in Redis may have been written by an attacker: only what is in the envelope counts. */
async function verified({ id, name, data }: Job<unknown>, { keys, now }: WorkerParts): Promise<VerifiedJob> {
  const { envelope } = Object(data) as { envelope?: unknown } // as: absent where data is anything else
  const job = await verifyJob(envelope, keys, now())
  if (id !== job.id || name !== job.task) throw new JobRefused('the envelope is of another job')
  if (!TASKS[job.task].every((scope) => job.caller.scopes.includes(scope))) {
    throw new JobRefused('the caller has not the scope')
  }
  return job
}

async function once(job: VerifiedJob, { ledger, api }: WorkerParts): Promise<Done> {
  const state = await ledger.begin(job.id, job.expiresAt)
  if (state === 'done') throw new JobRefused('it was done before')
  if (state === 'busy') throw new Error('another worker has it')
  let status
  try {
    status = await api.perform(job)
  } catch (error) {
    await ledger.release(job.id)
    throw error
  }
  await ledger.finish(job.id, job.expiresAt)
  return { status }
}
