import { compactJws, createProof } from '@acme/auth-testing'
import type { AccessTokenOptions, ListeningTestIssuer, ProofOptions } from '@acme/auth-testing'

import type { ContractFixture } from './fixture.js'
import { sendRaw } from './raw-http.js'
import type { RawRequest, RawResponse } from './raw-http.js'

/** The nonce of a challenge. @throws when there is none */
export function handedOut({ status, headers }: RawResponse): string {
  const nonce = headers.find(([name]) => name.toLowerCase() === 'dpop-nonce')?.[1]
  if (status !== 401 || nonce === undefined) throw new Error(`no nonce was handed out, but ${status}`)
  return nonce
}

type Header = readonly [name: string, value: string]

/** What a client uses of the issuer of its tokens. */
export type ContractIssuer = Pick<ListeningTestIssuer, 'accessToken' | 'audience' | 'issuer' | 'jwksUri' | 'signingKey'>

/** A proof that differs from the right one for a request. */
export interface ProofDefect extends Partial<ProofOptions> {
  /** How the token that goes with it differs. */
  readonly token?: AccessTokenOptions
}

/**
 * Makes the requests of a case: what a client of the server at one port would send.
 *
 * @example
 * ```ts
 * import { ContractClient, sendRaw } from '@acme/auth-conformance'
 * import type { ContractFixture } from '@acme/auth-conformance'
 *
 * export async function statusOfDpop(fixture: ContractFixture, port: number): Promise<number> {
 *   const client = new ContractClient(fixture, port)
 *   return (await sendRaw(port, await client.dpop())).status
 * }
 * ```
 */
export class ContractClient {
  readonly fixture: ContractFixture
  readonly port: number
  readonly issuer: ContractIssuer

  /** @param issuer - whose tokens it has, if not those of the fixture's first */
  constructor(fixture: ContractFixture, port: number, issuer: ContractIssuer = fixture.issuer) {
    this.fixture = fixture
    this.port = port
    this.issuer = issuer
  }

  get host(): string {
    return `127.0.0.1:${this.port}`
  }

  url(target: string): string {
    return `http://${this.host}${target}`
  }

  /** A method that is not that of its requests. */
  get otherMethod(): string {
    return 'POST'
  }

  request(target: string, headers: readonly Header[] = [], method = 'GET'): RawRequest {
    return { method, target, headers: [['Host', this.host], ...headers] }
  }

  /** A request with an Authorization header of just this value. */
  authorization(value: string, target = '/any'): RawRequest {
    return this.request(target, [['Authorization', value]])
  }

  /** A request with a Bearer token. */
  async bearer(token: AccessTokenOptions | string = {}, target = '/any'): Promise<RawRequest> {
    return this.authorization(
      `Bearer ${typeof token === 'string' ? token : await this.issuer.accessToken(token)}`,
      target,
    )
  }

  /** A request with a Bearer token whose header or payload has exactly these bytes; the signature is right. */
  async rawToken(part: 'header' | 'payload', bytes: string | Uint8Array): Promise<RawRequest> {
    return this.bearer(part === 'header' ? { rawHeader: bytes } : { rawPayload: bytes })
  }

  /** An access token that is bound to the client's key. */
  boundToken(options: AccessTokenOptions = {}): Promise<string> {
    return this.issuer.accessToken({ jkt: this.fixture.clientKey.thumbprint, ...options })
  }

  /** The Authorization and DPoP headers for a request. */
  async dpopHeaders(target: string, { token: tokenOptions, ...proof }: ProofDefect = {}): Promise<Header[]> {
    const token = await this.boundToken(tokenOptions)
    const text = await createProof({ key: this.fixture.clientKey, url: this.url(target), accessToken: token, ...proof })
    return [
      ['Authorization', `DPoP ${token}`],
      ['DPoP', text],
    ]
  }

  /** A nonce of the server (RFC 9449 §9): what it hands out to a client whose clock is an hour slow. */
  async nonce(): Promise<string> {
    return handedOut(await this.send(await this.dpop({ now: Date.now() / 1000 - 3600 })))
  }

  /** Sends a request of its own to the server. */
  send(request: RawRequest): Promise<RawResponse> {
    return sendRaw(this.port, request)
  }

  /** A request with a bound token and a proof. */
  async dpop(defect: ProofDefect = {}, target = '/any'): Promise<RawRequest> {
    return this.request(target, await this.dpopHeaders(target, defect), defect.method)
  }

  /** A proof whose key, as it stands in the header, is replaced. */
  async proofWithJwk(jwk: unknown): Promise<RawRequest> {
    return this.dpop({ header: { jwk } })
  }

  /** A token that is signed with a secret instead of a key. */
  symmetric(alg: string, secret: Uint8Array, claims: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    const { issuer } = this
    return compactJws({
      header: { alg, typ: 'at+jwt', kid: issuer.signingKey.kid },
      payload: { iss: issuer.issuer, aud: issuer.audience, sub: 'user-1', iat: now, exp: now + 600, ...claims },
      key: { alg, secret },
    })
  }
}
