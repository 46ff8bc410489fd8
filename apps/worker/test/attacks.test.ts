import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { JWTPayload } from 'jose'
import type { SampleProcess } from '@acme/sample-api/suite'
import { eventually } from '@acme/tests-servers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startWorld } from './support/world.js'
import type { World } from './support/world.js'

let world: World
let worker: SampleProcess

beforeAll(async () => {
  world = await startWorld()
  worker = await world.startWorker()
})
afterAll(() => world.close())

const now = (): number => Math.floor(Date.now() / 1000)

interface Forged {
  readonly header?: object
  readonly claims?: JWTPayload
  readonly without?: string
  /** Default: the API's own, for what an attacker could find or make it sign. */
  readonly key?: Parameters<SignJWT['sign']>[0]
  readonly caller?: object
}

/** An envelope, by default one that the API could have made. */
async function envelope(id: string, { header, claims, without = '', key, caller }: Forged = {}): Promise<string> {
  const { kty, crv, x, y } = await exportJWK(world.signingKey)
  const kid = await calculateJwkThumbprint({ kty, crv, x, y } as object)
  const payload = {
    iss: 'urn:acme:jobs-api',
    aud: 'urn:acme:queue:jobs',
    jti: id,
    iat: now(),
    exp: now() + 300,
    task: 'process',
    caller: {
      iss: 'https://issuer',
      sub: 'eve',
      scope: 'write:messages',
      scheme: 'Bearer',
      exp: now() + 300,
      ...caller,
    },
    ...claims,
  }
  const kept = Object.fromEntries(Object.entries(payload).filter(([name]) => name !== without))
  return new SignJWT(kept)
    .setProtectedHeader({ alg: 'ES256', typ: 'job+jwt', kid, ...header })
    .sign(key ?? world.signingKey)
}

/** Writes a job to Redis. @returns what became of it, and whether the API was called */
async function plant(id: string, data: unknown, name = 'process') {
  const before = world.gate.requests()
  // As many tries as an attacker likes.
  const options = { jobId: id, attempts: 1000, backoff: 1 }
  await world.queue.add(name, data, options)
  await eventually('an end', async () => ['failed', 'completed'].includes(await world.queue.getJobState(id)), 30)
  const job = await world.queue.getJob(id)
  return {
    state: await job?.getState(),
    reason: job?.failedReason,
    tries: job?.attemptsMade,
    calls: world.gate.requests() - before,
  }
}

const refused = (reason: string): object => ({ state: 'failed', reason, tries: 1, calls: 0 })

describe('whoever can write to Redis gets nothing done', () => {
  it('the envelopes of these tests are good but for what is wrong with them', async () => {
    const id = crypto.randomUUID()
    expect(await plant(id, { envelope: await envelope(id) })).toMatchObject({ state: 'completed', tries: 1 })
  })

  const form = 'the envelope has another form'
  const bad = (code: string): string => `the envelope is not good: ERR_${code}`
  const other = async (): Promise<Forged> => ({ key: (await generateKeyPair('ES256')).privateKey })
  const secret = new TextEncoder().encode('of the public key, or any other 32 bytes')

  it.each<[string, Forged | (() => Promise<Forged>), string]>([
    ['signed by another key', other, bad('JWS_SIGNATURE_VERIFICATION_FAILED')],
    ['by a key of another name', { header: { kid: 'mine' } }, bad('JWKS_NO_MATCHING_KEY')],
    ['by a shared secret', { header: { alg: 'HS256' }, key: secret }, bad('JOSE_ALG_NOT_ALLOWED')],
    ['of another type', { header: { typ: 'at+jwt' } }, bad('JWT_CLAIM_VALIDATION_FAILED')],
    ['of no type', { header: { typ: undefined } }, bad('JWT_CLAIM_VALIDATION_FAILED')],
    ['for another queue', { claims: { aud: 'urn:acme:queue:other' } }, bad('JWT_CLAIM_VALIDATION_FAILED')],
    ['of somebody else', { claims: { iss: 'https://issuer' } }, bad('JWT_CLAIM_VALIDATION_FAILED')],
    ['that has expired', { claims: { iat: now() - 100, exp: now() - 1 } }, 'the envelope has expired'],
    ['that is too old', { claims: { iat: now() - 2000 } }, bad('JWT_EXPIRED')],
    ['of tomorrow', { claims: { iat: now() + 86_400, exp: now() + 86_500 } }, bad('JWT_CLAIM_VALIDATION_FAILED')],
    ['that outlives the token of its caller', { caller: { exp: now() + 10 } }, 'the envelope outlives its caller'],
    [
      'that lives for a day',
      { claims: { exp: now() + 86_400 }, caller: { exp: now() + 86_400 } },
      'the envelope outlives its caller',
    ],
    ['without exp', { without: 'exp' }, bad('JWT_CLAIM_VALIDATION_FAILED')],
    ['without iat', { without: 'iat' }, bad('JWT_CLAIM_VALIDATION_FAILED')],
    ['without jti', { without: 'jti' }, bad('JWT_CLAIM_VALIDATION_FAILED')],
    ['without a caller', { without: 'caller' }, form],
    ['with a task that there is not', { claims: { task: 'rm' } }, form],
    ['with more in it', { claims: { admin: true } }, form],
    [
      'of a caller without the scope',
      { caller: { scope: 'write:message read:messages' } },
      'the caller has not the scope',
    ],
  ])('an envelope %s', async (_, forged, reason) => {
    const id = crypto.randomUUID()
    const given = await envelope(id, typeof forged === 'function' ? await forged() : forged)
    expect(await plant(id, { envelope: given })).toEqual(refused(reason))
  })

  it.each<[string, (good: string) => unknown, string]>([
    ['no envelope', () => ({}), 'no envelope'],
    ['data that is null', () => null, 'no envelope'],
    ['an envelope that is a list', (good) => ({ envelope: [good] }), 'no envelope'],
    ['an envelope of a megabyte', (good) => ({ envelope: good + 'A'.repeat(2 ** 20) }), 'no envelope'],
    ['text', () => ({ envelope: 'let me in' }), bad('JWS_INVALID')],
    [
      'no signature',
      (good) => ({ envelope: `${good.split('.').slice(0, 2).join('.')}.` }),
      bad('JWS_SIGNATURE_VERIFICATION_FAILED'),
    ],
    [
      'alg none',
      (good) => ({ envelope: withPart(good, 0, { alg: 'none', typ: 'job+jwt' }) }),
      bad('JOSE_ALG_NOT_ALLOWED'),
    ],
    [
      'another payload',
      (good) => ({ envelope: withPart(good, 1, { task: 'profile' }) }),
      bad('JWS_SIGNATURE_VERIFICATION_FAILED'),
    ],
  ])('%s', async (_, change, reason) => {
    const id = crypto.randomUUID()
    expect(await plant(id, change(await envelope(id)))).toEqual(refused(reason))
  })

  it('an access token in place of an envelope', async () => {
    const token = await world.token('writer')
    const planted = await plant(crypto.randomUUID(), { envelope: token })
    expect(planted).toEqual(refused(bad('JOSE_ALG_NOT_ALLOWED')))
    expect(await world.everything()).toContain('let me in')
  })

  it('a good envelope under another identifier, or another name', async () => {
    const good = await envelope(crypto.randomUUID())
    const other = 'the envelope is of another job'
    expect(await plant(crypto.randomUUID(), { envelope: good })).toEqual(refused(other))
    const id = crypto.randomUUID()
    expect(await plant(id, { envelope: await envelope(id) }, 'profile')).toEqual(refused(other))
  })

  it('a job that was done, written again in its own name', async () => {
    const id = await world.ask(await world.token('writer'), 'process')
    await world.until(id, 'completed')
    const job = await world.queue.getJob(id)
    await job?.remove()
    expect(await plant(id, job?.data)).toEqual(refused('it was done before'))
  })

  it.each(['of another job', 'that is text', 'that is gone'])('a kept token %s', async (what) => {
    const token = await world.token('writer')
    await world.queue.pause()
    const [first, second] = [await world.ask(token, 'profile'), await world.ask(token, 'profile')]
    const calls = world.gate.requests()
    if (what === 'of another job')
      await world.redis.send('COPY', `job-token:${first}`, `job-token:${second}`, 'REPLACE')
    else if (what === 'that is text') await world.redis.send('SET', `job-token:${second}`, token)
    else await world.redis.send('DEL', `job-token:${second}`)
    await (await world.queue.getJob(first))?.remove()
    await world.queue.resume()
    await world.until(second, 'failed')
    const reason = what === 'that is gone' ? 'its token is gone' : 'its token does not open'
    expect((await world.queue.getJob(second))?.failedReason).toBe(reason)
    expect(world.gate.requests()).toBe(calls)
  })

  it('is told of, without what was written', () => {
    expect(worker.stderr).toContain('"event":"job_refused"')
    expect(worker.stderr).not.toContain('eyJ')
    expect(worker.stderr).not.toContain('let me in')
  })
})

describe('a ledger that workers share', () => {
  it('keeps a job from being done again by another worker', async () => {
    const LEDGER_REDIS_URL = `redis://127.0.0.1:${world.ledger.port}`
    await worker.stop('SIGTERM')
    worker = await world.startWorker({ LEDGER_REDIS_URL })
    const id = await world.ask(await world.token('writer'), 'process')
    await world.until(id, 'completed')
    const job = await world.queue.getJob(id)
    await job?.remove()
    await worker.stop('SIGTERM')
    worker = await world.startWorker({ LEDGER_REDIS_URL })
    expect(await plant(id, job?.data)).toEqual(refused('it was done before'))
  })

  it('that is away: nothing is done, until it is back', async () => {
    await world.ledger.kill()
    const calls = world.gate.requests()
    const id = await world.ask(await world.token('writer'), 'process')
    await world.until(id, 'delayed')
    expect(world.gate.requests()).toBe(calls)
    await world.ledger.start()
    await world.until(id, 'completed')
  })
})

function withPart(jws: string, index: 0 | 1, changes: object): string {
  const parts = jws.split('.')
  const given: unknown = JSON.parse(Buffer.from(parts[index] ?? '', 'base64url').toString())
  parts[index] = Buffer.from(JSON.stringify({ ...Object(given), ...changes })).toString('base64url')
  return parts.join('.')
}
