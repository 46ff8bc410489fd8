import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

import type { ListeningTestIssuer } from '@acme/auth-testing'
import { onTestFinished } from 'vitest'

import { dpopThumbprint } from '../src/index.js'
import type { AccessToken, AccessTokenRequest, AccessTokenSource, DpopKeyPair, StepUp } from '../src/index.js'

/** Serves requests for the rest of the test. @returns the origin */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  const { port } = server.address() as AddressInfo // listens on TCP
  return `http://127.0.0.1:${port}`
}

/** The claims of a proof that came. */
export function proofOf({ headers }: IncomingMessage): Readonly<Record<string, unknown>> {
  const { dpop } = headers
  const [, payload = ''] = typeof dpop === 'string' ? dpop.split('.') : []
  return JSON.parse(Buffer.from(payload, 'base64url').toString() || '{}') as Record<string, unknown> // of our own proof
}

/** Tokens of a test issuer, and what was asked of it. */
export class Tokens implements AccessTokenSource {
  readonly asked: AccessTokenRequest[] = []
  readonly steps: StepUp[] = []
  readonly #issuer: ListeningTestIssuer
  readonly #keyPair: DpopKeyPair | undefined
  #current: Promise<AccessToken> | undefined
  #scopes: readonly string[]

  constructor(
    issuer: ListeningTestIssuer,
    keyPair: DpopKeyPair | undefined,
    scopes: readonly string[] = ['read:messages'],
  ) {
    this.#issuer = issuer
    this.#keyPair = keyPair
    this.#scopes = scopes
  }

  async getAccessToken(request: AccessTokenRequest = {}): Promise<AccessToken> {
    this.asked.push(request)
    // Callers at the same time share one.
    if (request.refused !== undefined && request.refused.value === (await this.#current)?.value)
      this.#current = undefined
    return (this.#current ??= this.make({}))
  }

  async stepUp(wanted: StepUp): Promise<AccessToken> {
    this.steps.push(wanted)
    this.#scopes = wanted.scopes
    const [acr] = wanted.acrValues
    this.#current = this.make(acr === undefined ? {} : { acr, auth_time: Math.floor(Date.now() / 1000) })
    return this.#current
  }

  async make(claims: Readonly<Record<string, unknown>>): Promise<AccessToken> {
    const jkt = this.#keyPair === undefined ? undefined : await dpopThumbprint(this.#keyPair)
    const scope = this.#scopes.join(' ')
    const value = await this.#issuer.accessToken({ scope, claims, ...(jkt !== undefined && { jkt }) })
    const expiresAt = undefined
    const common = { value, expiresAt, scopes: this.#scopes }
    return this.#keyPair === undefined
      ? { ...common, type: 'Bearer' }
      : { ...common, type: 'DPoP', dpopKey: this.#keyPair }
  }

  /** What is handed out next. */
  set(token: AccessToken): void {
    this.#current = Promise.resolve(token)
  }
}

/** A token that was made nowhere. */
export function bearer(value: string, scopes: readonly string[] = []): AccessToken {
  return { value, type: 'Bearer', expiresAt: undefined, scopes }
}
