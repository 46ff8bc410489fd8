import type { AccessToken } from '../access-token.js'
import { AuthClientError } from '../errors.js'
import { unlessAborted } from '../fetch/flights.js'
import type { Flights } from '../fetch/flights.js'
import type { Context } from '../grants/context.js'
import { targetOf } from '../grants/parameters.js'
import { refresh } from '../grants/refresh.js'
import { revoke } from '../grants/revocation.js'
import type { TokenSet } from '../grants/requests.js'
import type { Keeper, Source } from './keeper.js'
import { keyOf } from './key-of.js'
import { keptToken, withToken } from './record.js'
import type { SessionRecord } from './record.js'
import type { Records } from './records.js'
import type { Session, SessionOptions } from './session-types.js'

/** What sessions of a client work with. */
export interface Sessions {
  readonly context: Context
  readonly records: Records
  readonly keeper: Keeper
  readonly stepUps: Flights<AccessToken>
}

// Others may write at the same time, each of them once.
const TRIES = 10

export function createSession(sessions: Sessions, id: string, options: SessionOptions): Session {
  const { context, records, keeper, stepUps } = sessions
  const { settings } = context
  const target = targetOf(settings, options)
  const api = JSON.stringify([target.audience ?? null, target.resource ?? null])

  async function key(): Promise<string> {
    const thumbprint = (await context.binding())?.thumbprint
    return keyOf(['session', settings.issuer, settings.clientId, thumbprint, id])
  }

  async function source(): Promise<Source> {
    return { key: await key(), api, scopes: options.scopes ?? [], obtain, discard }
  }

  async function obtain(record: SessionRecord | undefined, scopes: readonly string[]): Promise<TokenSet> {
    const { refreshToken, scopes: granted } = record ?? {}
    if (refreshToken === undefined)
      throw new AuthClientError('login_required', record ? 'no refresh token' : 'no session')
    if (granted !== undefined && !scopes.every((scope) => granted.includes(scope))) {
      throw new AuthClientError('step_up_required', 'the user has not granted a scope')
    }
    // Without `scope` a refresh gives all that was granted (RFC 6749 §6).
    const narrowed = options.scopes === undefined ? undefined : scopes
    const tokens = await refresh(context, refreshToken, { ...target, scopes: narrowed }, undefined)
    // OpenID Connect Core 1.0 §12.2.
    if (isAnother(record, tokens)) throw new AuthClientError('answer_invalid', 'tokens of another user')
    const { accessToken } = tokens
    return { ...tokens, accessToken: { ...accessToken, scopes: accessToken.scopes ?? granted } }
  }

  async function discard({ refreshToken }: TokenSet): Promise<void> {
    if (refreshToken !== undefined) await revoke(context, refreshToken, 'refresh_token', undefined)
  }

  async function save(tokens: TokenSet): Promise<void> {
    const name = await key()
    const asked = tokens.accessToken.scopes ?? target.scopes ?? []
    const subject = tokens.claims?.['sub']
    const { refreshToken, idToken } = tokens
    const begun = { refreshToken, idToken, scopes: asked, tokens: [], ...(typeof subject === 'string' && { subject }) }
    const record = withToken(begun, keptToken(tokens, api, settings.now(), asked))
    for (let tries = 0; tries < TRIES; tries += 1) {
      const { version } = await records.load(name)
      if (await records.keep(name, record, version)) return
    }
    throw new AuthClientError('store_unavailable', 'others changed the tokens again and again')
  }

  return {
    save,
    async getAccessToken(request) {
      return keeper.get(await source(), request)
    },
    async stepUp(wanted) {
      const { onStepUp } = options
      if (onStepUp === undefined) throw new AuthClientError('step_up_required', 'the session has no onStepUp')
      const cause = JSON.stringify([await key(), wanted.cause, wanted.scopes, wanted.acrValues, wanted.maxAge])
      const authorise = async (): Promise<AccessToken> => {
        const known = (await records.load(await key())).record?.subject
        // An issuer names who logs in when it is asked to (OpenID Connect Core 1.0 §3.1.2.1).
        const scopes = known === undefined ? wanted.scopes : [...new Set([...wanted.scopes, 'openid'])]
        const tokens = await onStepUp({ ...wanted, scopes })
        const { record } = await records.load(await key())
        // The call that waits for this would go on in the name of somebody else, or of nobody knows whom.
        if (record?.subject !== undefined && record.subject !== tokens.claims?.['sub'])
          throw new AuthClientError('authorization_refused', 'another user logged in, or one without an ID token')
        await save(tokens)
        return tokens.accessToken
      }
      return unlessAborted(stepUps.run(cause, authorise), wanted.signal)
    },
    async subject() {
      return (await records.load(await key())).record?.subject
    },
    async idToken() {
      return (await records.load(await key())).record?.idToken
    },
    async clear() {
      const name = await key()
      let refreshToken: string | undefined
      for (let tries = 0; tries < TRIES; tries += 1) {
        const { version, record } = await records.load(name)
        // It may be gone although a store said no: by a command that was sent twice.
        refreshToken = record?.refreshToken ?? refreshToken
        if (!(await records.remove(name, version))) continue
        if (refreshToken === undefined) return
        const metadata = await context.issuer.metadata()
        if (metadata.revocation_endpoint === undefined) return
        return revoke(context, refreshToken, 'refresh_token', undefined)
      }
      throw new AuthClientError('store_unavailable', 'others changed the tokens again and again')
    },
  }
}

/** Whether tokens are of another user than the session, as far as ID tokens say. */
function isAnother(record: SessionRecord | undefined, { claims }: TokenSet): boolean {
  const subject = claims?.['sub']
  return subject !== undefined && record?.subject !== undefined && subject !== record.subject
}
