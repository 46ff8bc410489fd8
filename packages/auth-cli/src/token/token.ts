import type { AuthClient, DpopKeyPair } from '@acme/auth-client'

import { clientOf, clientSettings } from '../client.js'
import type { GrantName, TokenFlags } from '../commands/token.js'
import { givenSecret } from '../given-text.js'
import { inWords } from '../inspect/times.js'
import { keyPairAt } from '../key-file.js'
import { printable, UsageError } from '../terminal.js'
import type { Answer, Terminal } from '../terminal.js'
import type { GotTokens } from './got-tokens.js'
import { login } from './login.js'
import type { LoginOptions } from './login.js'
import { beginTokenFile } from './token-file.js'

/** Gets an access token, and prints that alone. */
export async function token(grant: GrantName, flags: TokenFlags, terminal: Terminal): Promise<Answer> {
  if (grant === 'refresh' && flags.save === undefined)
    throw new UsageError('--save: want a file: an issuer may use the refresh token up, and give the next one')
  const keyPair = flags.dpop === undefined ? undefined : await keyPairAt(flags.dpop, terminal, { create: true })
  const { accessToken, refreshToken } = await kept(flags, () => obtain(grant, flags, terminal, keyPair))
  if (flags.save === undefined && refreshToken !== undefined)
    terminal.stderr.write('acme-auth: there is a refresh token too, which is dropped: --save keeps it\n')
  const { value, type, expiresAt, scopes } = accessToken
  const life = expiresAt === undefined ? '' : `, good for ${inWords(expiresAt - Date.now() / 1000)}`
  terminal.stderr.write(
    `acme-auth: ${type} token${scopes === undefined ? '' : `, scope ${printable(scopes.join(' ')) || 'none'}`}${life}\n`,
  )
  return { found: false, value: { access_token: value, token_type: type, expires_at: expiresAt, scopes }, text: value }
}

/** In the file of `--save`, if one is named. */
async function kept({ save }: TokenFlags, get: () => Promise<GotTokens>): Promise<GotTokens> {
  if (save === undefined) return get()
  const file = await beginTokenFile(save)
  const got = await get().catch(async (error: unknown) => {
    await file.drop()
    throw error
  })
  await file.write(got)
  return got
}

async function obtain(
  grant: GrantName,
  flags: TokenFlags,
  terminal: Terminal,
  keyPair: DpopKeyPair | undefined,
): Promise<GotTokens> {
  const settings = await clientSettings(flags, terminal, grant === 'client-credentials' ? 'secret' : 'no secret')
  const client = clientOf(settings, flags, keyPair)
  switch (grant) {
    case 'client-credentials':
      return { accessToken: await client.clientCredentials().getAccessToken() }
    case 'login':
      return login(client, { port: portOf(flags.port), opens: flags.open, ...wantedLogin(flags) }, terminal)
    case 'exchange': {
      const subjectToken = await required('--subject-token', flags.subjectToken, terminal)
      return client.exchangeToken({ subjectToken, subjectTokenType: flags.subjectTokenType })
    }
    case 'refresh':
      return refreshed(client, await refreshTokenOf(flags, terminal), flags)
  }
}

/** Where the issuer does not rotate refresh tokens, the old one goes on. */
async function refreshed(client: AuthClient, refreshToken: string, { scope }: TokenFlags): Promise<GotTokens> {
  const tokens = await client.refresh({ refreshToken, ...(scope !== undefined && { scopes: scope }) })
  return { refreshToken, ...tokens }
}

function portOf(text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new UsageError('--port: want a port number, or 0 for a free one')
  return port
}

/** What the challenge of a step-up names (RFC 9470 §3). */
function wantedLogin({ acr, maxAge }: TokenFlags): Pick<LoginOptions, 'acrValues' | 'maxAge'> {
  const seconds = maxAge === undefined ? undefined : Number(maxAge)
  if (seconds !== undefined && !(Number.isInteger(seconds) && seconds >= 0))
    throw new UsageError('--max-age: want seconds')
  return { ...(acr !== undefined && { acrValues: acr }), ...(seconds !== undefined && { maxAge: seconds }) }
}

async function required(name: string, given: string | undefined, terminal: Terminal): Promise<string> {
  if (given === undefined) throw new UsageError(`${name}: want a token, as -, @file or env:NAME`)
  return givenSecret(name, given, terminal)
}

/** Alone, or in a file of `--save`. */
async function refreshTokenOf({ refreshToken }: TokenFlags, terminal: Terminal): Promise<string> {
  const text = await required('--refresh-token', refreshToken, terminal)
  if (!text.startsWith('{')) return text
  const saved: unknown = JSON.parse(text)
  const value: unknown = typeof saved === 'object' && saved !== null ? Reflect.get(saved, 'refresh_token') : undefined
  if (typeof value !== 'string') throw new UsageError('--refresh-token: there is none in the file')
  return value
}
