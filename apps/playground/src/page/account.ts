import { AuthClientError, createAuthClient, isAuthClientError } from '@acme/auth-client'
import type { DpopKeyPair, Session, StoredAuthorization } from '@acme/auth-client'
import { createBrowserTokenStore, createWebLock, storedDpopKeyPair } from '@acme/auth-client/browser'

import type { Config } from '../wire.js'
import type { Credentials } from './exchange.js'
import { recordLogin, watchTokenRequests } from './login-steps.js'

/** The user of this browser. */
export interface Account {
  readonly keyPair: DpopKeyPair
  /** Leaves the page for the tenant; what is chosen is there again afterwards. */
  logIn(): Promise<void>
  /** Takes the code of a login, when the tenant has just sent the user back. */
  finishLogIn(): Promise<void>
  /** Forgets and revokes the tokens. The tenant may still know the user. */
  logOut(): Promise<void>
  /** @returns undefined for nobody */
  credentials(): Promise<(Credentials & { readonly subject: string }) | undefined>
}

const SCOPES = ['openid', 'offline_access', 'read:messages', 'write:messages', 'delete:data', 'admin:access']
const STORED = 'authorization'
const HASH = 'choice'

export async function openAccount({ issuer, audience, clientId }: Config): Promise<Account> {
  const keyPair = await storedDpopKeyPair({ name: 'playground', whenUnavailable: 'memory' })
  const client = createAuthClient({
    issuer,
    clientId,
    authentication: 'none',
    audience,
    dpop: keyPair,
    store: createBrowserTokenStore({ whenUnavailable: 'memory' }),
    lock: createWebLock(),
    fetch: watchTokenRequests,
  })
  const session = client.session('user')
  return {
    keyPair,
    async logIn() {
      const redirectUri = `${location.origin}/`
      const { url, stored } = await client.authorizationRequest({ redirectUri, scopes: SCOPES })
      sessionStorage.setItem(STORED, JSON.stringify(stored))
      sessionStorage.setItem(HASH, location.hash)
      location.assign(url)
    },
    async finishLogIn() {
      const callback = location.href
      if (!new URL(callback).searchParams.has('state')) return
      // A reload would send the code again.
      history.replaceState(null, '', `/${sessionStorage.getItem(HASH) ?? ''}`)
      const stored = takeStored()
      recordLogin(stored.createdAt * 1000)
      await session.save(await client.handleCallback(callback, stored))
    },
    logOut: () => session.clear(),
    credentials: () => credentialsOf(session, keyPair),
  }
}

async function credentialsOf(session: Session, keyPair: DpopKeyPair): ReturnType<Account['credentials']> {
  try {
    const [{ value }, subject, idToken] = await Promise.all([
      session.getAccessToken(),
      session.subject(),
      session.idToken(),
    ])
    return { keyPair, accessToken: value, idToken, subject: subject ?? 'somebody' }
  } catch (error) {
    if (isAuthClientError(error) && error.reason === 'login_required') return undefined
    throw error
  }
}

/** Of this tab, once. */
function takeStored(): StoredAuthorization {
  const text = sessionStorage.getItem(STORED)
  sessionStorage.removeItem(STORED)
  if (text === null) throw new AuthClientError('callback_invalid', 'no login was begun in this tab')
  return JSON.parse(text) as StoredAuthorization // written by `logIn`, and checked by `handleCallback`
}
