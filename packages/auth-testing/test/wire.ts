import { decodeJwt } from 'jose'

import {
  accessTokenHash as sha256,
  createTestIssuer,
  type TestClient,
  type TestIssuer,
  type TestIssuerOptions,
} from '../src/index.js'

/** A redirect URI of a client. */
export const CALLBACK = 'https://app.test/callback'
/** A `code_verifier` (RFC 7636 §4.1). */
export const VERIFIER = 'a'.repeat(43)

/** An issuer in process whose clock a test sets. */
export interface World {
  readonly issuer: TestIssuer
  readonly clock: { now: number }
  post(what: Parameters<TestIssuer['urlOf']>[0], form: Form, headers?: Record<string, string>): Promise<Answer>
}

/** Parameters; a list becomes one that comes more than once. */
export type Form = Record<string, string | readonly string[] | undefined>

/** What came back. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, unknown>
}

/** Two clients: `web`, with the secret `s3cret`, and `spa`, which is public. */
export const CLIENTS = [{ id: 'web', secret: 's3cret' }, { id: 'spa' }] as const

/** `client_secret_post` of `web`. */
export const WEB = { client_id: 'web', client_secret: 's3cret' }

export async function createWorld(
  options: TestIssuerOptions = {},
  clients: readonly TestClient[] | 'anybody' = CLIENTS,
): Promise<World> {
  const clock = { now: 1_800_000_000 }
  const known = clients === 'anybody' ? {} : { clients }
  const issuer = await createTestIssuer({ now: () => clock.now, ...known, ...options })
  return {
    issuer,
    clock,
    async post(what, form, headers = {}) {
      const response = await issuer.fetch(issuer.urlOf(what), { method: 'POST', body: search(form), headers })
      const text = await response.text()
      const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> // as: every answer here is an object
      return { status: response.status, headers: response.headers, body }
    },
  }
}

/** Parameters of a good authorization request of `spa`, with changes. */
export async function authorizationForm(form: Form = {}): Promise<Form> {
  return {
    response_type: 'code',
    client_id: 'spa',
    redirect_uri: CALLBACK,
    code_challenge: await sha256(VERIFIER),
    code_challenge_method: 'S256',
    state: 'state-1',
    scope: 'openid offline_access read',
    ...form,
  }
}

/** Where the user is sent by an authorization request. */
export async function authorize({ issuer }: World, form: Form = {}): Promise<URLSearchParams> {
  const url = `${issuer.urlOf('authorize')}?${search(await authorizationForm(form)).toString()}`
  return (await issuer.authorize(url)).searchParams
}

/** Logs in, and redeems the code. */
export async function logIn(world: World, form: Form = {}, headers: Record<string, string> = {}): Promise<Answer> {
  const code = (await authorize(world, form)).get('code') ?? ''
  return world.post('token', codeForm(code), headers)
}

/** Parameters that redeem a code of {@link authorize}. */
export function codeForm(code: string): Form {
  return {
    grant_type: 'authorization_code',
    client_id: 'spa',
    code,
    redirect_uri: CALLBACK,
    code_verifier: VERIFIER,
  }
}

/** A member that is a string. */
export function text(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`${JSON.stringify(value)} is no string`)
  return value
}

/** The claims of a token that is not looked at any further. */
export function claims(token: unknown): Record<string, unknown> {
  return decodeJwt(text(token))
}

export function search(form: Form): URLSearchParams {
  const pairs = Object.entries(form).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((each): [string, string] => [name, each]),
  )
  return new URLSearchParams(pairs)
}
