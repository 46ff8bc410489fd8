import { open, rename, rm, stat } from 'node:fs/promises'

import { messageOf, UsageError } from '../terminal.js'
import type { GotTokens } from './got-tokens.js'

/** The file of `--save`, to be written when the tokens are there. */
export interface TokenFile {
  /** In place of what was there, whoever might read that. */
  write(tokens: GotTokens): Promise<void>
  /** Leaves what was there. */
  drop(): Promise<void>
}

/**
 * Begins a file beside the one that is named. Before anything is asked for: an issuer that rotates refresh tokens takes the
 * old one back, so that what could not be written would be lost.
 *
 * @throws {UsageError} when it cannot be written
 */
export async function beginTokenFile(file: string): Promise<TokenFile> {
  const isFolder = await stat(file).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (isFolder) throw new UsageError(`--save ${file}: is a folder`)
  const beside = `${file}.${crypto.randomUUID()}`
  const handle = await open(beside, 'wx', 0o600).catch((error: unknown) => {
    throw new UsageError(`--save: ${messageOf(error)}`)
  })
  return {
    async write(tokens) {
      try {
        await handle.writeFile(contentOf(tokens))
      } finally {
        await handle.close()
      }
      await rename(beside, file).catch((error: unknown) => {
        throw new Error(`--save: ${messageOf(error)}: the tokens are in ${beside}`)
      })
    },
    async drop() {
      await handle.close()
      await rm(beside)
    },
  }
}

function contentOf({ accessToken, refreshToken, idToken }: GotTokens): string {
  const { value, type, expiresAt, scopes } = accessToken
  const all = {
    access_token: value,
    token_type: type,
    expires_at: expiresAt,
    scopes,
    refresh_token: refreshToken,
    id_token: idToken,
  }
  return `${JSON.stringify(all, null, 2)}\n`
}
