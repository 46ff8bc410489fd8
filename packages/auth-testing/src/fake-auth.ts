import { rejectUnknown } from './unknown-options.js'

/** Who sends every request, for {@link fakeAuth}. */
export interface FakeAuthOptions {
  /** Default `'user-1'`; `undefined` for a token without a subject. */
  sub?: string | undefined
  /** The scopes of the token: a list, or one string separated by spaces. Default: none. */
  scopes?: string | readonly string[]
  permissions?: readonly string[]
  roles?: readonly string[]
  /** Default `'client-1'`. */
  clientId?: string
  /** A token that the client got for itself, by the client credentials grant. Default `false`. */
  clientCredentials?: boolean
  /** Whether the token is bound to a key, and was sent with a proof. Default `false`. */
  dpop?: boolean
  /** Any other claims; they win over the options above. */
  claims?: Readonly<Record<string, unknown>>
}

/** Ends what {@link fakeAuth} began. Also by `using`, where TypeScript or the runtime has it. */
export interface FakeAuth extends Disposable {
  restore(): void
}

const FAKE: unique symbol = Symbol.for('@acme/auth-testing.fake-caller')
const NAMES = ['sub', 'scopes', 'permissions', 'roles', 'clientId', 'clientCredentials', 'dpop', 'claims']

/**
 * Makes every guard of this process accept one caller, without tokens, keys and an issuer: for unit tests of routes. What a
 * route requires is judged all the same: a scope that the caller lacks is a 403. The last call counts, until `restore()`.
 *
 * It is refused in production, here and by each guard.
 *
 * @throws {Error} when `NODE_ENV` is `production`
 * @throws {TypeError} for an option that there is not
 * @example
 * ```ts
 * import { fakeAuth } from '@acme/auth-testing'
 *
 * const fake = fakeAuth({ sub: 'user-1', scopes: ['read:messages'], claims: { org_id: 'org_1' } })
 * // … call the routes
 * fake.restore()
 * ```
 */
export function fakeAuth(options: FakeAuthOptions = {}): FakeAuth {
  if (process.env['NODE_ENV'] === 'production') throw new Error('fakeAuth() is for tests, and NODE_ENV is production')
  rejectUnknown('fakeAuth', options, NAMES)
  const fake = { claims: claimsOf(options), thumbprint: options.dpop === true ? 'fake'.padEnd(43, '-') : undefined }
  Object.assign(globalThis, { [FAKE]: fake })
  const restore = (): void => void Reflect.deleteProperty(globalThis, FAKE)
  return { restore, [Symbol.dispose]: restore }
}

function claimsOf(options: FakeAuthOptions): Readonly<Record<string, unknown>> {
  const { scopes = [], permissions, roles, clientId = 'client-1', clientCredentials = false, claims } = options
  const sub = 'sub' in options ? options.sub : 'user-1'
  const now = Math.floor(Date.now() / 1000)
  return {
    iss: 'https://issuer.test/',
    aud: 'https://api.test/',
    iat: now,
    exp: now + 3600,
    auth_time: now,
    client_id: clientId,
    scope: typeof scopes === 'string' ? scopes : scopes.join(' '),
    ...(sub !== undefined && { sub }),
    ...(permissions !== undefined && { permissions: [...permissions] }),
    ...(roles !== undefined && { roles: [...roles] }),
    ...(clientCredentials && { gty: 'client-credentials' }),
    ...structuredClone(claims),
  }
}
