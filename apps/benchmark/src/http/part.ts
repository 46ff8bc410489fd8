import type { Measured, Part } from '../parts/part.js'
import type { Plan, Round } from '../rounds.js'
import { canPin, CLIENT_CORE, end, messageOf, pin, SERVER_CORE, startRole } from './pinned.js'
import { hasCpuAccounts } from './process-cpu.js'
import type { DriverOrder } from './driver.js'

/** CPU that a guarded route adds to the bare one, over real sockets. */
export const http: Part = { name: 'http', title: 'HTTP, µs CPU added to the bare route, 32 connections', run }

// More than a full run takes on two slow cores.
const DEADLINE_MS = 480_000

async function run(plan: Plan): Promise<Measured> {
  if (!hasCpuAccounts()) return { rounds: [], notes: ['Not measured: this system keeps no account in /proc'] }
  const pinned = canPin()
  const driver = startRole('http-driver')
  if (pinned && driver.pid !== undefined) pin(driver.pid, CLIENT_CORE)
  const timer = setTimeout(() => driver.kill('SIGKILL'), DEADLINE_MS)
  try {
    const asked: DriverOrder = { plan, serverCore: pinned ? SERVER_CORE : undefined }
    driver.send(asked)
    const rounds = (await messageOf(driver)) as readonly Round[] // sent by driver.ts
    const notes = pinned ? ['Server and client on a core each'] : ['Server and client could not be bound to cores']
    return { rounds, notes }
  } finally {
    clearTimeout(timer)
    await end(driver)
  }
}
