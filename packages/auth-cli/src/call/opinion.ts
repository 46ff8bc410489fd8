import { createResourceServer, isAuthError } from '@acme/auth-core'

import type { CallFlags } from '../commands/call.js'
import { decodeToken } from '../inspect/decode.js'
import { mendOf } from '../mend.js'
import type { ToMend } from '../mend.js'
import { environmentOf, knownOptions } from '../settings.js'
import { printable } from '../terminal.js'
import type { Terminal } from '../terminal.js'

/** What core says of a token that an API refuses. */
export interface Opinion {
  readonly text: string
  /** Undefined where it accepts the token. */
  readonly mend?: ToMend
}

/** With the settings that are known here; undefined where none are. */
export async function opinionOfCore(token: string, flags: CallFlags, terminal: Terminal): Promise<Opinion | undefined> {
  if (flags.dpop === undefined && decodeToken(token).claims['cnf'] !== undefined) return BOUND
  try {
    const { issuer, audience } = flags
    const given = { ...(issuer !== undefined && { issuer }), ...(audience !== undefined && { audience }) }
    const options = await knownOptions(given, await environmentOf(flags, terminal))
    if (options === undefined) return undefined
    const server = createResourceServer({ ...options, onEvent: () => undefined })
    try {
      await server.verifyAccessToken(token)
    } catch (error) {
      if (!isAuthError(error)) throw error
      const text = `with the settings here: ${error.reason}: ${printable(error.detail ?? error.description, 1000)}`
      return { text, mend: mendOf(error, server.report()) }
    }
    return { text: 'these settings accept the token itself: the route requires more, or the API has other settings' }
  } catch {
    // Settings that are not whole: there is nothing to say then.
    return undefined
  }
}

const BOUND: Opinion = {
  text: 'the token is bound to a key (cnf)',
  mend: {
    says: 'the token is bound to a key, and was sent as Bearer',
    fix: 'call with --dpop FILE, the key that it was got with',
  },
}
