import type { ListeningTestIssuer, ListeningTestIssuerOptions } from '@acme/auth-testing'
import { startTestIssuer } from '@acme/auth-testing'
import { onTestFinished } from 'vitest'

import { createAuthClient, isAuthClientError } from '../../src/index.js'
import type { AuthClient, AuthClientError, AuthClientOptions, ClientEvent, Session } from '../../src/index.js'

export const SECRET = 'the-secret-of-the-client'
export const CALLBACK = 'http://127.0.0.1/callback'

/** An issuer for the rest of the test. */
export async function issuerOf(options: ListeningTestIssuerOptions = {}): Promise<ListeningTestIssuer> {
  const issuer = await startTestIssuer(options)
  onTestFinished(() => issuer.close())
  return issuer
}

/** A client of it, with short waits, and what it told. */
export function clientOf(
  issuer: { readonly issuer: string },
  options: Partial<AuthClientOptions> = {},
): AuthClient & { readonly events: ClientEvent[] } {
  const events: ClientEvent[] = []
  const client = createAuthClient({
    issuer: issuer.issuer,
    clientId: 'app',
    authentication: { secret: SECRET },
    audience: 'https://api.test/',
    retryDelay: 0.001,
    onEvent: (event) => events.push(event),
    ...options,
  })
  return Object.defineProperty(client, 'events', { value: events }) as typeof client & { events: ClientEvent[] } // just added
}

/** Logs a user in, and begins the session. */
export async function logIn(
  issuer: ListeningTestIssuer,
  client: AuthClient,
  session: Session,
  scopes: readonly string[] = ['openid', 'offline_access', 'read:messages'],
): Promise<void> {
  const { url, stored } = await client.authorizationRequest({ redirectUri: CALLBACK, scopes })
  await session.save(await client.handleCallback((await issuer.authorize(url)).href, stored))
}

/** The error of a call. @throws when it did not fail with one of ours */
export async function failureOf(call: Promise<unknown>): Promise<AuthClientError> {
  const error: unknown = await call.then(
    () => 'no failure',
    (thrown: unknown) => thrown,
  )
  if (!isAuthClientError(error)) throw new Error('not one of ours', { cause: error })
  return error
}

/** A clock that is moved by hand; it stands where the real one is. */
export class Clock {
  #seconds = Math.floor(Date.now() / 1000)

  readonly now = (): number => this.#seconds

  advance(seconds: number): void {
    this.#seconds += seconds
  }

  /** The real one, but for `Date`: servers write the time of the machine, and not that of this clock. */
  readonly fetch = async (...request: Parameters<typeof fetch>): Promise<Response> => {
    const { body, status, headers } = await fetch(...request)
    const dated = new Headers(headers)
    dated.set('date', new Date(this.#seconds * 1000).toUTCString())
    return new Response(body, { status, headers: dated })
  }
}
