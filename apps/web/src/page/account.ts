import { AuthClientError, createAuthClient, dpopThumbprint } from '@acme/auth-client'
import type {
  AccessToken,
  AuthClient,
  ClientEvent,
  DpopKeyPair,
  Session,
  StepUp,
  StoredAuthorization,
  TokenSet,
} from '@acme/auth-client'
import { createBrowserTokenStore, createWebLock, storedDpopKeyPair } from '@acme/auth-client/browser'

import type { Config } from './config.js'
import { authorizeInWindow } from './step-up.js'

/** The user of this browser, whichever of its tabs logged in. */
export interface Account {
  readonly session: Session
  /** Leaves the page for the issuer. */
  logIn(): Promise<void>
  /** Takes the code of a login, when the issuer has just sent the user back. @returns whether it had */
  finishLogIn(): Promise<boolean>
  /** Forgets and revokes the tokens, then leaves the page to log out at the issuer as well. */
  logOut(onCleared: () => void): Promise<void>
  /** The user has pressed a button, and may be asked to step up; once, however many answers ask for it. */
  mayAsk(): void
  /** The thumbprint of the key that tokens are bound to; none for Bearer tokens. */
  key(): Promise<string>
}

// One session for all tabs of this origin.
const SESSION = 'user'
const FIRST_SCOPES = ['openid', 'offline_access', 'read:messages']
const STORED = 'authorization'

export async function openAccount(config: Config, onEvent: (event: ClientEvent) => void): Promise<Account> {
  const keyPair = config.dpop
    ? await storedDpopKeyPair({ name: config.clientId, whenUnavailable: 'memory' })
    : undefined
  const client = clientOf(config, keyPair, onEvent)
  const { onStepUp, mayAsk } = askingOnce((wanted) => authorizeAgain(client, session, wanted))
  const session: Session = client.session(SESSION, { onStepUp })
  const home = `${location.origin}/`
  return {
    session,
    mayAsk,
    key: async () => (keyPair === undefined ? 'none' : dpopThumbprint(keyPair)),
    async logIn() {
      const { url, stored } = await client.authorizationRequest({ redirectUri: home, scopes: FIRST_SCOPES })
      sessionStorage.setItem(STORED, JSON.stringify(stored))
      location.assign(url)
    },
    async finishLogIn() {
      const callback = location.href
      if (!new URL(callback).searchParams.has('state')) return false
      // A reload would send the code again.
      history.replaceState(null, '', '/')
      await session.save(await client.handleCallback(callback, takeStored()))
      return true
    },
    async logOut(onCleared) {
      const idToken = await session.idToken()
      // The tokens are gone from here even where the issuer cannot be asked to revoke them.
      await session.clear().finally(onCleared)
      location.assign(await client.logoutUrl({ idToken, returnTo: home }))
    },
  }
}

function clientOf(config: Config, dpop: DpopKeyPair | undefined, onEvent: (event: ClientEvent) => void): AuthClient {
  return createAuthClient({
    issuer: config.issuer,
    clientId: config.clientId,
    authentication: 'none',
    audience: config.audience,
    ...(dpop !== undefined && { dpop }),
    store: createBrowserTokenStore({ whenUnavailable: 'memory' }),
    lock: createWebLock(),
    onEvent,
  })
}

/** A refusal also counts for the servers whose answer comes when the user has said no. */
function askingOnce(ask: (wanted: StepUp) => Promise<TokenSet>): Pick<Account, 'mayAsk'> & { onStepUp: typeof ask } {
  let refusal: unknown
  return {
    mayAsk: () => (refusal = undefined),
    async onStepUp(wanted) {
      if (refusal !== undefined) throw refusal
      try {
        return await ask(wanted)
      } catch (error) {
        refusal = error
        throw error
      }
    },
  }
}

async function authorizeAgain(client: AuthClient, session: Session, wanted: StepUp): Promise<TokenSet> {
  const tokens = await authorizeInWindow(client, wanted)
  if (tokens.claims?.['sub'] === (await session.subject())) return tokens
  // Somebody else logged in there: their tokens do not belong into this session.
  if (tokens.refreshToken !== undefined) await client.revoke(tokens.refreshToken, 'refresh_token')
  throw new AuthClientError('authorization_refused', 'another user logged in')
}

/** Of this tab, once. */
function takeStored(): StoredAuthorization {
  const text = sessionStorage.getItem(STORED)
  sessionStorage.removeItem(STORED)
  if (text === null) throw new AuthClientError('callback_invalid', 'no login was begun in this tab')
  return JSON.parse(text) as StoredAuthorization // written by `logIn`, and checked by `handleCallback`
}

/** What the page shows of a token, which is opaque to it. */
export function describeToken({ scopes, expiresAt }: AccessToken): {
  readonly scopes: string
  readonly expires: string
} {
  return {
    scopes: scopes?.join(' ') ?? 'not said',
    expires: expiresAt === undefined ? 'not said' : new Date(expiresAt * 1000).toLocaleTimeString(),
  }
}
