import { createAuthClient } from '@acme/auth-client'
import type { AuthClient, ClientAuthentication, DpopKeyPair } from '@acme/auth-client'
import { createResourceServer } from '@acme/auth-core'

import { givenSecret } from './given-text.js'
import { askSecret } from './prompt.js'
import { environmentOf, optionsOf } from './settings.js'
import type { SettingFlags } from './settings.js'
import { UsageError } from './terminal.js'
import type { Terminal } from './terminal.js'

/** The flags of who asks for tokens. */
export interface ClientFlags extends Omit<SettingFlags, 'dpop'> {
  readonly clientId?: string
  readonly clientSecret?: string
  readonly scope?: readonly string[]
  readonly resource?: string
}

/** Who asks for tokens, and of whom. */
export interface ClientSettings {
  readonly issuer: string
  readonly audience: string | undefined
  readonly clientId: string
  /** Undefined for a public client. */
  readonly secret: string | undefined
}

/** @throws {UsageError} when there is no client id, or no secret where one is needed */
export async function clientSettings(
  flags: ClientFlags,
  terminal: Terminal,
  needs: 'secret' | 'no secret',
): Promise<ClientSettings> {
  const environment = await environmentOf(flags, terminal)
  // --dpop is a file here, and no mode.
  const { issuer: givenIssuer, audience } = flags
  const options = await optionsOf(
    { ...(givenIssuer !== undefined && { issuer: givenIssuer }), ...(audience && { audience }) },
    environment,
  )
  const issuer = createResourceServer(options).issuerStatus()[0]?.issuer ?? ''
  const clientId = flags.clientId ?? environment['AUTH0_CLIENT_ID'] ?? environment['CLIENT_ID']
  if (!clientId) throw new UsageError('no client: set AUTH0_CLIENT_ID, or give --client-id')
  const given =
    flags.clientSecret === undefined ? undefined : await givenSecret('--client-secret', flags.clientSecret, terminal)
  const known = given ?? environment['AUTH0_CLIENT_SECRET'] ?? environment['CLIENT_SECRET']
  const secret =
    known || (needs === 'secret' ? await askSecret('the client secret', 'AUTH0_CLIENT_SECRET', terminal) : undefined)
  return { issuer, audience: [options.audience ?? []].flat()[0], clientId, secret }
}

/** A client of the issuer. */
export function clientOf(
  { issuer, audience, clientId, secret }: ClientSettings,
  flags: ClientFlags,
  keyPair: DpopKeyPair | undefined,
): AuthClient {
  const authentication: ClientAuthentication = secret === undefined ? 'none' : { secret, method: 'post' }
  const { scope, resource } = flags
  return createAuthClient({
    issuer,
    clientId,
    authentication,
    ...(resource === undefined ? { audience } : { resource }),
    ...(scope !== undefined && { scopes: scope }),
    ...(keyPair !== undefined && { dpop: keyPair }),
    timeout: 20,
    retries: 0,
  })
}
