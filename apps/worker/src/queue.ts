import { Queue, QueueEvents } from 'bullmq'
import type { Redis } from 'ioredis'

import type { SealedJob } from './envelope.js'
import { atMost } from './lifecycle.js'
import type { TaskName } from './tasks.js'

export const QUEUE = 'jobs'

/** All that Redis has of a job, besides its name and its identifier. */
export interface JobData {
  readonly envelope: string
}

/** Where the API puts jobs. */
export interface JobQueue {
  /** Rejects at once when Redis is away. */
  add(task: TaskName, job: SealedJob): Promise<void>
  /** What Redis says of a job; undefined when it has none. */
  find(id: string): Promise<{ readonly envelope: unknown; readonly state: string } | undefined>
  close(): Promise<void>
}

/** Seconds that a job which is over is kept. */
const KEPT = 3600

const jobOptions = {
  attempts: 8,
  // 0.5 s, 1 s, … 32 s: an outage of a minute. Halved at random, so that what failed together does not come together.
  backoff: { type: 'exponential', delay: 500, jitter: 0.5 },
  removeOnComplete: { age: KEPT, count: 1000 },
  removeOnFail: { age: KEPT, count: 1000 },
} as const

/** @param redis - for commands, which fail at once; `blocking` for events. Both stay the caller's, to be closed last */
export function jobQueue(redis: Redis, blocking: Redis): JobQueue {
  const queue = new Queue<JobData>(QUEUE, { connection: redis })
  const events = new QueueEvents(QUEUE, { connection: blocking })
  // Each failed attempt to connect is an error; requests tell of it.
  queue.on('error', () => undefined)
  events.on('error', () => undefined)
  events.on('failed', ({ jobId, failedReason }) => log({ event: 'job_failed', id: jobId, reason: failedReason }))
  return {
    async add(task, { id, envelope }) {
      await queue.add(task, { envelope }, { ...jobOptions, jobId: id })
    },
    async find(id) {
      const job = await queue.getJob(id)
      return job === undefined ? undefined : { envelope: job.data.envelope, state: await job.getState() }
    },
    async close() {
      await atMost(1, events.close())
      await queue.close()
    },
  }
}

/** One line of JSON on the standard error: whatever stands in it is escaped. */
export function log(event: Readonly<Record<string, unknown>>): void {
  console.error(JSON.stringify(event))
}
