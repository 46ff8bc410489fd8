import { createResourceServer, isAuthError } from '@acme/auth-core'

import type { CallFlags } from '../commands/call.js'
import { environmentOf, knownOptions } from '../settings.js'
import { printable } from '../terminal.js'
import type { Terminal } from '../terminal.js'

/** What core says of a token that an API refuses, with the settings that are known here; undefined where none are. */
export async function opinionOfCore(token: string, flags: CallFlags, terminal: Terminal): Promise<string | undefined> {
  try {
    const { issuer, audience } = flags
    const given = { ...(issuer !== undefined && { issuer }), ...(audience !== undefined && { audience }) }
    const options = await knownOptions(given, await environmentOf(flags, terminal))
    if (options === undefined) return undefined
    await createResourceServer({ ...options, onEvent: () => undefined }).verifyAccessToken(token)
    return 'these settings accept the token itself: the route requires more, or the API has other settings'
  } catch (error) {
    // Settings that are not whole: there is nothing to say then.
    if (!isAuthError(error)) return undefined
    return `with the settings here: ${error.reason}: ${printable(error.detail ?? error.description, 1000)}`
  }
}
