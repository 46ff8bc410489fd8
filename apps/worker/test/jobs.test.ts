import { createAuthClient, createFetch } from '@acme/auth-client'
import { eventually } from '@acme/tests-servers'
import type { SampleProcess } from '@acme/sample-api/suite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { AUDIENCE, startWorld } from './support/world.js'
import type { World } from './support/world.js'

let world: World
let worker: SampleProcess

beforeAll(async () => {
  world = await startWorld()
  worker = await world.startWorker()
})
afterAll(() => world.close())

describe('a job of a caller', () => {
  it.each(['process', 'profile'])('%s: is done by the worker, and shown to whoever asked', async (task) => {
    const token = await world.token('writer')
    const id = await world.ask(token, task)
    await world.until(id, 'completed')
    const job = await world.queue.getJob(id)
    expect(job?.returnvalue).toEqual({ status: 200 })
    expect(await world.call(token, 'GET', `/jobs/${id}`)).toEqual({ status: 200, body: { id, state: 'completed' } })
    const other = await world.call(await world.token('reader'), 'GET', `/jobs/${id}`)
    expect(other).toEqual({ status: 404, body: { error: 'not_found' } })
  })

  it('leaves no token in Redis, while it waits and when it is done', async () => {
    const token = await world.token('writer')
    await world.queue.pause()
    const ids = [await world.ask(token, 'process'), await world.ask(token, 'profile')]
    const waiting = await world.everything()
    await world.queue.resume()
    for (const id of ids) await world.until(id, 'completed')
    const done = await world.everything()
    for (const text of [waiting, done]) {
      expect(text).toContain('envelope')
      expect(text).not.toContain(token)
      // Nor the part by which it is one.
      expect(text).not.toContain(token.split('.')[2])
    }
    expect(waiting).toContain(`job-token:${ids[1]}`)
    expect(done).not.toContain('job-token:')
  })

  it.each([
    ['without the scope', 'reader', 'process', 403],
    ['without any scope', 'nobody', 'profile', 403],
    ['for a task that there is not', 'writer', 'rm', 404],
  ])('is not taken %s', async (_, client, task, status) => {
    expect((await world.call(await world.token(client), 'POST', `/jobs/${task}`)).status).toBe(status)
  })

  it("is not taken in the name of a caller whose token is bound to a key, and in the worker's own name it is", async () => {
    const client = createAuthClient({
      issuer: world.issuer,
      clientId: 'writer',
      authentication: { secret: 'local-only' },
      audience: AUDIENCE,
      dpop: 'generate',
    })
    const apiFetch = createFetch(client.clientCredentials(), { origins: [world.jobs.origin] })
    const post = (path: string): Promise<Response> => apiFetch(world.jobs.origin + path, { method: 'POST' })
    expect((await post('/jobs/process')).status).toBe(202)
    const refused = await post('/jobs/profile')
    expect([refused.status, await refused.json()]).toEqual([400, { error: 'bound_token' }])
  })

  it('is not taken without a token, nor with one that was changed', async () => {
    const token = await world.token('writer')
    expect((await world.call('', 'POST', '/jobs/process')).status).toBe(400)
    expect((await world.call(`${token.slice(0, -20)}AAAA${token.slice(-16)}`, 'POST', '/jobs/process')).status).toBe(
      401,
    )
  })
})

describe('outages', () => {
  it('the API that the worker calls is away, and comes back: the job is tried again', async () => {
    await world.killApi()
    const id = await world.ask(await world.token('writer'), 'process')
    await world.until(id, 'delayed')
    await world.startApi()
    await world.until(id, 'completed')
    expect((await world.queue.getJob(id))?.attemptsMade).toBeGreaterThan(1)
  })

  it('Redis is killed and started again: jobs that were taken are done, and new ones are refused meanwhile', async () => {
    const token = await world.token('writer')
    await world.queue.pause()
    const id = await world.ask(token, 'process')
    await world.redis.kill()
    expect(await world.call(token, 'POST', '/jobs/process')).toEqual({
      status: 503,
      body: { error: 'temporarily_unavailable' },
    })
    expect((await world.call(token, 'GET', `/jobs/${id}`)).status).toBe(503)
    await world.redis.start()
    await eventually(
      'the queue goes on',
      () =>
        world.queue.resume().then(
          () => true,
          () => false,
        ),
      30,
    )
    await world.until(id, 'completed')
    await eventually('new jobs', async () => (await world.call(token, 'POST', '/jobs/process')).status === 202, 30)
    // The last one is not to be taken for that of another test.
    const left = async (): Promise<number> => world.queue.getJobCountByTypes('waiting', 'active', 'delayed')
    await eventually('the end of all jobs', async () => (await left()) === 0, 30)
  })
})

describe('SIGTERM', () => {
  it('in the middle of a job: it is ended, no other is begun, and the next worker goes on', async () => {
    const token = await world.token('writer')
    world.gate.hold()
    const before = world.gate.requests()
    const first = await world.ask(token, 'process')
    await eventually('the call', async () => world.gate.requests() > before, 30)
    expect(await world.queue.getJobState(first)).toBe('active')
    const stopped = worker.stop('SIGTERM')
    await eventually('that it stops', async () => worker.stderr.includes('stopping'), 30)
    const second = await world.ask(token, 'process')
    world.gate.release()
    expect(await stopped).toBe(0)
    expect(await world.queue.getJobState(first)).toBe('completed')
    expect(await world.queue.getJobState(second)).toBe('waiting')
    worker = await world.startWorker()
    await world.until(second, 'completed')
  })

  it('ends worker and API while Redis is away', async () => {
    const idle = await world.startWorker()
    await world.redis.kill()
    expect(await idle.stop('SIGTERM')).toBe(0)
    expect(await world.jobs.stop('SIGTERM')).toBe(0)
  })
})
