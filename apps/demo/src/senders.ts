import { createAuthClient, createFetch } from '@acme/auth-client'
import { customFetch, fetchProtectedResource, WWWAuthenticateChallengeError } from 'openid-client'
import { answerOf, send } from './http.js'
import type { Answer, RequestHeaders } from './http.js'
import { captureProof } from './tokens.js'
import type { ClientKind, KeyName, TokenName, Wallet } from './tokens.js'

/** One request of the matrix, on one server. */
export interface Call {
  readonly method: string
  readonly url: URL
  /** The same through the gateway. */
  readonly publicUrl: URL
  readonly wallet: Wallet
}

/** How a row sends its request. */
export type Sender = (call: Call) => Promise<Answer>

/** These headers, and nothing else. */
export function plain(headers: RequestHeaders = {}): Sender {
  return ({ method, url }) => send(method, url, headers)
}

/** A Bearer request as openid-client makes it. */
export function bearer(name: TokenName): Sender {
  return async (call) => throughClient(call, await call.wallet.token(name))
}

/** A DPoP request as openid-client makes it: a new proof for this method, URL and token. */
export function dpop(name: TokenName, key: KeyName = 'own'): Sender {
  return async (call) => throughClient(call, await call.wallet.token(name), key)
}

/** The token in an Authorization header of this scheme, without a proof. */
export function withoutProof(scheme: 'Bearer' | 'DPoP', name: TokenName): Sender {
  return async ({ method, url, wallet }) =>
    send(method, url, { authorization: `${scheme} ${await wallet.token(name)}` })
}

/** The same request by the other name of this machine, at which the API has another tenant. */
export function atLocalhost(sender: Sender): Sender {
  return (call) => {
    const url = new URL(call.url)
    url.hostname = 'localhost'
    return sender({ ...call, url })
  }
}

/**
 * A request by @acme/auth-client, whose clock is so many seconds off: it gets a bound token, and has what it does not know
 * told by the issuer and the API.
 */
export function byAuthClient(off: number): Sender {
  return async ({ method, url, wallet }) => {
    const now = (): number => Date.now() / 1000 + off
    const client = createAuthClient({
      issuer: wallet.issuer,
      clientId: 'reader',
      authentication: { secret: wallet.secretOf('reader'), method: 'post' },
      audience: wallet.audience,
      dpop: 'generate',
      now,
    })
    const call = createFetch(client.clientCredentials(), { origins: [url.origin], now })
    return answerOf(await call(url, { method }))
  }
}

/** A Bearer token, and the certificates that a proxy says the client has shown: one, none, or several. */
export function certified(name: TokenName, ...shown: readonly KeyName[]): Sender {
  return async ({ method, url, wallet }) => {
    const lines = shown.map((one) => wallet.certificates[one])
    const authorization = `Bearer ${await wallet.token(name)}`
    return send(method, url, { authorization, ...(lines.length > 0 && { 'client-cert': lines }) })
  }
}

/** A Bearer token, and a `Host` that no tenant has. */
export function atNoHost(name: TokenName): Sender {
  return async ({ method, url, wallet }) =>
    send(method, url, { host: `nobody.localhost:${url.port}`, authorization: `Bearer ${await wallet.token(name)}` })
}

/** What the proof is made for, where that differs from the request. */
interface OtherProof {
  readonly method?: string
  readonly path?: string
  readonly token?: TokenName
}

/** A proof that openid-client made for something else. */
export function proofForOther(name: TokenName, other: OtherProof): Sender {
  return async ({ method, url, wallet }) => {
    const token = await wallet.token(name)
    const proven = other.token === undefined ? token : await wallet.token(other.token)
    const proof = await captureProof(wallet, 'own', proven, other.method ?? method, new URL(other.path ?? url, url))
    return send(method, url, { authorization: `DPoP ${token}`, dpop: proof })
  }
}

/** The first request of a new client, which has no nonce unless it forges one. */
export function firstTime(name: TokenName, kind: ClientKind): Sender {
  return async ({ method, url, wallet }) => {
    const token = await wallet.token(name)
    const proof = await captureProof(wallet, wallet.newClient(kind).handle, token, method, url)
    return send(method, url, { authorization: `DPoP ${token}`, dpop: proof })
  }
}

/** A request of a new client as openid-client makes it: refused for want of a nonce, it comes again with the one it got. */
export function secondTime(name: TokenName, kind: ClientKind): Sender {
  return async ({ method, url, wallet }) => {
    const { configuration, handle: DPoP } = wallet.newClient(kind)
    const statuses: number[] = []
    configuration[customFetch] = async (target, init) => {
      const response = await fetch(target, init as RequestInit) // as: made for the global fetch
      statuses.push(response.status)
      return response
    }
    const token = await wallet.token(name)
    const response = await fetchProtectedResource(configuration, token, url, method, undefined, undefined, { DPoP })
    if (statuses.length !== 2 || statuses[0] !== 401) throw new Error(`not two round trips, but ${statuses.join(' ')}`)
    return answerOf(response)
  }
}

/** A good request, and then the same bytes again. */
export function replayed(name: TokenName): Sender {
  return async ({ method, url, wallet }) => {
    const token = await wallet.token(name)
    const proof = await captureProof(wallet, 'own', token, method, url)
    const headers = { authorization: `DPoP ${token}`, dpop: proof }
    const { status } = await send(method, url, headers)
    if (status !== 200) throw new Error(`the first use of the proof was answered with ${status}`)
    return send(method, url, headers)
  }
}

/** A Bearer token with a proof beside it. */
export function bearerWithProof(name: TokenName): Sender {
  return async ({ method, url, wallet }) => {
    const token = await wallet.token(name)
    const proof = await captureProof(wallet, 'own', token, method, url)
    return send(method, url, { authorization: `Bearer ${token}`, dpop: proof })
  }
}

/** The last answer of so many, one after the other. */
export function often(times: number, name: TokenName): Sender {
  return async (call) => {
    for (let time = 1; time < times; time++) await bearer(name)(call)
    return bearer(name)(call)
  }
}

/** A Bearer token that was changed after it was signed. */
export function tampered(name: TokenName, change: (token: string) => string): Sender {
  return async ({ method, url, wallet }) =>
    send(method, url, { authorization: `Bearer ${change(await wallet.token(name))}` })
}

/** Two good tokens, each on an Authorization line of its own. */
export function twoAuthorizations(first: TokenName, second: TokenName): Sender {
  return async ({ method, url, wallet }) => {
    const lines = [`Bearer ${await wallet.token(first)}`, `Bearer ${await wallet.token(second)}`]
    return send(method, url, { authorization: lines })
  }
}

/** A good token in the query, where RFC 9700 §4.3.2 forbids it. */
export function inQuery(name: TokenName): Sender {
  return async ({ method, url, wallet }) => {
    const target = new URL(url)
    target.searchParams.set('access_token', await wallet.token(name))
    return send(method, target)
  }
}

/** Replaces the claim in the payload; header and signature stay. */
export function withClaim(name: string, value: unknown): (token: string) => string {
  return (token) => {
    const [header = '', payload = '', signature = ''] = token.split('.')
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
    const changed = JSON.stringify({ ...Object(claims), [name]: value })
    return [header, Buffer.from(changed).toString('base64url'), signature].join('.')
  }
}

/** Replaces one character in the middle of the signature. */
export function withOtherSignature(token: string): string {
  const at = token.length - 20
  return token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)
}

async function throughClient({ method, url, wallet }: Call, token: string, key?: KeyName): Promise<Answer> {
  const handle = key && { DPoP: wallet.keys[key] }
  try {
    return await answerOf(
      await fetchProtectedResource(wallet.configuration, token, url, method, undefined, undefined, handle),
    )
  } catch (error) {
    // The library could read the challenge; what is in it, the matrix checks.
    if (error instanceof WWWAuthenticateChallengeError) return answerOf(error.response)
    throw error
  }
}
