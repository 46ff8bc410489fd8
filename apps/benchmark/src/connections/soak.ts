import { setTimeout as wait } from 'node:timers/promises'

import { startTestIssuer } from '@acme/auth-testing'
import { startReplica } from '@acme/tests-replicas'
import type { Replica, Told } from '@acme/tests-replicas'
import { eventually, startRedis } from '@acme/tests-servers'

import type { Settings } from './arguments.js'
import { createLedger } from './ledger.js'
import type { Ledger } from './ledger.js'
import { createOutages } from './outages.js'
import { Seat } from './seat.js'
import type { Hall, Token } from './seat.js'
import { createSubjects } from './subjects.js'

/** What was seen. */
export interface Observed {
  readonly ledger: Ledger
  /** Of each replica, after collections of garbage: a quarter into the run, at its end, and when nobody was left. */
  readonly memory: readonly ReplicaMemory[]
}

export interface ReplicaMemory {
  readonly kind: string
  readonly begin: Told
  readonly end: Told
  readonly gone: Told
}

const AUDIENCE = 'https://api.example.com'
// Connections of each subject: some at each replica.
const EACH = 5
// Seconds for what should be over to be over: a tick of the timer, and a busy machine.
const TOLERANCE = 3

/** @throws {Error} when a replica does not start, or ends under way */
export async function soak(settings: Settings, signal: AbortSignal): Promise<Observed> {
  const ledger = createLedger()
  const [redis, issuer] = await Promise.all([startRedis(), startTestIssuer({ audience: AUDIENCE })])
  const all = {
    issuer: issuer.issuer,
    audience: AUDIENCE,
    redisUrl: `redis://127.0.0.1:${redis.port}`,
    maxStaleness: 5,
  }
  const replicas = await Promise.all([startReplica('express', all), startReplica('hono', all)])
  const { lifetime } = settings
  // Whoever begins to renew at half the life has to get through before its end.
  const outages = createOutages(redis, lifetime / 5, ledger.count)
  const subjects = createSubjects(issuer.issuer, outages, ledger.count)
  const state = { closing: false }
  const hall: Hall = {
    replicas,
    subjects,
    outages,
    ledger,
    get closing() {
      return state.closing
    },
    async issue(sub): Promise<Token> {
      const issuedAt = Math.floor(Date.now() / 1000)
      const expiresIn = Math.round(lifetime * (1 + Math.random()))
      const claims = { sub, iat: issuedAt, exp: issuedAt + expiresIn }
      return { text: await issuer.accessToken({ scope: 'read:x', claims }), issuedAt, expiresAt: claims.exp }
    },
  }
  const many = Math.ceil(settings.connections / EACH)
  const seats = Array.from({ length: settings.connections }, (_, index) => new Seat(hall, index, many))
  const close = async (): Promise<void> => {
    state.closing = true
    for (const seat of seats) seat.leave()
    await outages.over()
    await Promise.all(replicas.map((replica) => replica.close()))
    await Promise.all([redis.close(), issuer.close()])
  }
  try {
    const observed = run({ settings, hall, seats, many, signal, state })
    return { ledger, memory: await Promise.race([observed, firstEnd(replicas)]) }
  } finally {
    await close()
  }
}

interface Running {
  readonly settings: Settings
  readonly hall: Hall
  readonly seats: readonly Seat[]
  /** Subjects. */
  readonly many: number
  readonly signal: AbortSignal
  readonly state: { closing: boolean }
}

async function run(running: Running): Promise<ReplicaMemory[]> {
  const { settings, hall, seats, state } = running
  const { seconds, restarts, lifetime } = settings
  await openAll(seats)
  // Caches are full by then, and code is compiled.
  await traffic(running, seconds / 4, { from: 0, to: Math.ceil(restarts / 4) })
  const begin = await tellAll(running)
  await traffic(running, (seconds * 3) / 4, { from: Math.ceil(restarts / 4), to: restarts })
  const end = await tellAll(running)
  state.closing = true
  await Promise.all([watch(running, () => seats.every(({ token }) => token === undefined)), gone(seats, lifetime)])
  const left = await tellAll(running)
  return hall.replicas.map(({ kind }, index) => ({
    kind,
    begin: begin[index] as Told, // as: there is one of each replica
    end: end[index] as Told, // as above
    gone: left[index] as Told, // as above
  }))
}

async function openAll(seats: readonly Seat[]): Promise<void> {
  const next = seats.values()
  const work = async (): Promise<void> => {
    for (const seat of next) await seat.open()
  }
  await Promise.all(Array.from({ length: 64 }, work))
}

/** Renewals go on by themselves; beside these, Redis goes away and subjects are logged out. */
async function traffic(running: Running, seconds: number, turns: { from: number; to: number }): Promise<void> {
  const end = Date.now() + seconds * 1000
  const isOver = (): boolean => running.signal.aborted || Date.now() >= end
  await Promise.all([outagesOf(running, seconds, turns), logOuts(running, isOver), watch(running, isOver)])
}

async function outagesOf({ hall, signal }: Running, seconds: number, { from, to }: { from: number; to: number }) {
  for (let turn = from; turn < to && !signal.aborted; turn++) {
    await wait((seconds * 1000) / (to - from + 1) / 2)
    await hall.outages.next(turn)
  }
}

async function logOuts({ hall, settings, many }: Running, isOver: () => boolean): Promise<void> {
  const calls: Promise<void>[] = []
  while (!isOver() && settings.revocations > 0) {
    const subject = `user-${Math.floor(Math.random() * many)}`
    const replica = hall.replicas[Math.floor(Math.random() * hall.replicas.length)]
    if (replica !== undefined) calls.push(hall.subjects.revoke(subject, replica))
    await wait((1000 / settings.revocations) * 2 * Math.random())
  }
  await Promise.all(calls)
}

/** Looks for connections that should not be there any more. */
async function watch({ hall, seats }: Running, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    await wait(500)
    for (const seat of seats) {
      const why = seat.overdue(TOLERANCE)
      if (why !== undefined) hall.ledger.fault(`${seat.subject} is still connected to ${seat.replica.kind}: ${why}`)
    }
  }
}

function gone(seats: readonly Seat[], lifetime: number): Promise<void> {
  const none = async (): Promise<boolean> => seats.every(({ token }) => token === undefined)
  return eventually('the end of all connections', none, 2 * lifetime + 30)
}

/** Each replica, when it and its clients agree on how many connections there are. */
async function tellAll({ hall, seats, state }: Running): Promise<Told[]> {
  await hall.outages.over()
  if (!state.closing)
    await eventually('all connections', async () => seats.every(({ token }) => token !== undefined), 60)
  const all: Told[] = []
  for (const replica of hall.replicas) {
    const here = seats.filter((seat) => seat.replica === replica)
    const count = (): number => here.filter(({ token }) => token !== undefined).length
    await eventually(`${replica.kind} to have the connections of its clients`, async () => {
      const before = count()
      return (await replica.tell()).open === before && count() === before
    })
    await replica.tell(true)
    all.push(await replica.tell(true))
  }
  return all
}

async function firstEnd(replicas: readonly Replica[]): Promise<never> {
  const ended = await Promise.race(replicas.map((replica) => replica.ended.then(() => replica)))
  throw new Error(`${ended.kind} ended under way: ${ended.words()}`)
}
