import type { JWTVerifyGetKey } from 'jose'

import { TooSoon, Unavailable } from '../http/unavailable.js'
import type { Health } from './health.js'
import type { Settings } from './options.js'
import { understand } from './process-set.js'
import type { StreamControl } from './process-set.js'
import { SetError } from './set-error.js'
import type { SharedSignalsEvent } from './told.js'
import { verifySet } from './verify-set.js'
import type { SecurityEventToken } from './verify-set.js'

/** What pushes and polls hand over. */
export interface Receiver {
  /**
   * Judges a security event token, and carries it out.
   *
   * @throws {SetError} for one that proves nothing, and has changed nothing
   * @throws {Unavailable} for one that is to come again
   */
  accept(text: string): Promise<void>
  /** Tells that something proves nothing. */
  refused(error: SetError): void
}

// Security event tokens at once, of 64 KiB at most.
const MOST_UNDERWAY = 64

export function createReceiver(
  settings: Settings,
  keys: JWTVerifyGetKey,
  health: Health,
  control: StreamControl,
): Receiver {
  const { issuer, seen, maxAge, clockTolerance, onEvent } = settings
  let underway = 0

  function tell(event: SharedSignalsEvent): void {
    try {
      // A hook that rejects must not end the process.
      Promise.resolve(onEvent?.(event)).catch(() => undefined)
    } catch {
      // Nor may one that throws stop an event.
    }
  }

  async function verifiedSet(text: string): Promise<SecurityEventToken> {
    try {
      const set = await verifySet(text, settings, keys)
      health.set('keys', undefined)
      return set
    } catch (error) {
      if (error instanceof Unavailable && !(error instanceof TooSoon)) health.set('keys', `keys: ${error.message}`)
      throw error
    }
  }

  /** A store of the application that fails must not stop an event: carried out twice, it changes nothing. */
  async function isKnown(id: string): Promise<boolean> {
    try {
      return (await seen.has?.(id)) === true
    } catch {
      return false
    }
  }

  async function isFirst(id: string): Promise<boolean> {
    try {
      // Beyond that age it is refused anyway.
      return (await seen.add(id, maxAge + 2 * clockTolerance)) !== false
    } catch {
      return true
    }
  }

  async function carriedOut(set: SecurityEventToken): Promise<readonly SharedSignalsEvent[]> {
    try {
      const carryOut = await understand(set, settings, control)
      const told = await carryOut()
      health.set('store', undefined)
      return told
    } catch (error) {
      if (error instanceof SetError) throw error
      // A mapper or a store of the application, whose error may hold anything.
      const problem = new Unavailable('tokens could not be revoked')
      health.set('store', problem.message)
      throw problem
    }
  }

  async function judge(text: string): Promise<void> {
    const set = await verifiedSet(text)
    const id = JSON.stringify([issuer, set.jti])
    const duplicate: SharedSignalsEvent = { transition: 'duplicate', jti: set.jti }
    if (await isKnown(id)) return tell(duplicate)
    const told = await carriedOut(set)
    // Remembered after it was carried out: one that failed half-way comes again, and must not be taken for done.
    if (!(await isFirst(id))) return tell(duplicate)
    for (const event of told) tell(event)
  }

  function refused({ code, message }: SetError): void {
    const detail = `${code}: ${message}`
    health.rejected(detail)
    tell({ transition: 'rejected', detail })
  }

  return {
    refused,
    async accept(text) {
      if (underway >= MOST_UNDERWAY) throw new TooSoon('too many events at once', 1)
      underway += 1
      try {
        await judge(text)
      } catch (error) {
        if (error instanceof SetError) refused(error)
        else if (error instanceof Unavailable) tell({ transition: 'failed', detail: error.message })
        throw error
      } finally {
        underway -= 1
      }
    },
  }
}
