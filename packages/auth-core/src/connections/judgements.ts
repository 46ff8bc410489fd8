import type { AccessTokenPolicy } from '../access-token/access-token.js'
import type { AuthContext } from '../outcome/auth-context.js'
import { isAuthError, refusal } from '../outcome/errors.js'
import type { AuthError } from '../outcome/errors.js'
import { tell } from '../outcome/fault.js'
import { recheck, reverify } from '../recheck.js'
import { printable } from '../util/quote.js'
import type { OpenConnection } from './open-connection.js'

/** Whether a token may still be used: `recheck`, or `reverify`, which asks about all that it does, and more. */
type Judge = (auth: AuthContext, policy: AccessTokenPolicy) => Promise<void>

/** Judges open connections again, and ends those whose tokens are not good any more. */
export interface Judgements {
  /** Begins at once: what was asked before may be answered by what was known before. */
  again(connection: OpenConnection, judge?: Judge): void
  /** Soon, after others, unless that is under way. */
  later(connection: OpenConnection): void
  /** Those of which nobody could tell are asked about again. */
  retry(): void
  forget(connection: OpenConnection): void
}

// Sources, and issuers that are asked about opaque tokens, have to answer for requests too.
const MOST_AT_A_TIME = 32

interface Judgement {
  readonly judge: Judge
}

/** @param isOpen - whether a connection is still kept */
export function createJudgements(isOpen: (connection: OpenConnection) => boolean): Judgements {
  // The latest of each: those before it have no say in whether it is unsure.
  const latest = new Map<OpenConnection, Judgement>()
  const unsure = new Map<OpenConnection, Judge>()
  const waiting = new Set<OpenConnection>()
  let asking = 0

  async function again(connection: OpenConnection, judge: Judge = recheck): Promise<void> {
    const { auth, opened } = connection
    if (auth === null) return
    // What had to be verified and could not be has to be still.
    const isDue = unsure.get(connection) === reverify || latest.get(connection)?.judge === reverify
    const judgement = { judge: isDue ? reverify : judge }
    latest.set(connection, judgement)
    const error = await judgement.judge(auth, opened.policy.token).then(() => undefined, asRefusal)
    const isOutage = error?.error === 'temporarily_unavailable'
    // Renewed meanwhile: that token was judged by itself.
    if (error !== undefined && !isOutage && connection.auth === auth) connection.end(error)
    if (latest.get(connection) !== judgement) return
    latest.delete(connection)
    // An outage ends nothing: what is asked of connections is asked again.
    if (isOutage && isOpen(connection)) unsure.set(connection, judgement.judge)
    else unsure.delete(connection)
  }

  async function askNext(connection: OpenConnection): Promise<void> {
    asking += 1
    await again(connection)
    asking -= 1
    askMore()
  }
  function askMore(): void {
    for (const connection of waiting) {
      if (asking >= MOST_AT_A_TIME) return
      waiting.delete(connection)
      void askNext(connection)
    }
  }
  function later(connection: OpenConnection): void {
    if (latest.has(connection)) return
    waiting.add(connection)
    askMore()
  }
  return {
    again: (connection, judge) => void again(connection, judge),
    later,
    retry() {
      for (const connection of unsure.keys()) later(connection)
    },
    forget(connection) {
      latest.delete(connection)
      unsure.delete(connection)
      waiting.delete(connection)
    },
  }
}

/** A fault is an outage, too. */
function asRefusal(error: unknown): AuthError {
  return isAuthError(error) ? error : refusal('revocation_unavailable', printable(tell(error), 200))
}
