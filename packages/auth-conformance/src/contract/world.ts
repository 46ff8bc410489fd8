import { compactJws, createProof, createTestKey, startTestIssuer } from '@acme/auth-testing'
import type { AccessTokenOptions, ListeningTestIssuer, ProofOptions, TestKey } from '@acme/auth-testing'

import { sendRaw } from './raw-http.js'
import type { RawRequest, RawResponse } from './raw-http.js'

/** Everything outside of the server under contract: issuers that listen, and a client's keys. */
export interface ContractWorld {
  readonly issuer: ListeningTestIssuer
  /** Trusted as well, where a configuration lists it. */
  readonly secondIssuer: ListeningTestIssuer
  /** Trusted by nobody. */
  readonly strangerIssuer: ListeningTestIssuer
  /** Trusted, and always down. */
  readonly deadIssuer: ListeningTestIssuer
  /** The client's DPoP key. */
  readonly clientKey: TestKey
  /** Somebody else's. */
  readonly otherKey: TestKey
  /** For algorithms that are not accepted in proofs. */
  readonly rsaKey: TestKey
  /** What servers make nonces with. */
  readonly nonceSecret: string
  close(): Promise<void>
}

export async function createContractWorld(): Promise<ContractWorld> {
  const issuers = await Promise.all(Array.from({ length: 4 }, () => startTestIssuer({ audience: AUDIENCE })))
  const [issuer, secondIssuer, strangerIssuer, deadIssuer] = issuers
  if (!issuer || !secondIssuer || !strangerIssuer || !deadIssuer) throw new Error('four issuers were started')
  deadIssuer.fail('all', { status: 500 })
  return {
    issuer,
    secondIssuer,
    strangerIssuer,
    deadIssuer,
    clientKey: await createTestKey('ES256'),
    otherKey: await createTestKey('ES256'),
    rsaKey: await createTestKey('RS256'),
    nonceSecret: createNonceSecret(),
    close: async () => {
      await Promise.all(issuers.map((one) => one.close()))
    },
  }
}

/** A secret to make nonces with, of 72 characters. */
export function createNonceSecret(): string {
  return crypto.randomUUID() + crypto.randomUUID()
}

/** The audience of the API under contract. */
export const AUDIENCE = 'https://api.test/'

/** The nonce of a challenge. @throws when there is none */
export function handedOut({ status, headers }: RawResponse): string {
  const nonce = headers.find(([name]) => name.toLowerCase() === 'dpop-nonce')?.[1]
  if (status !== 401 || nonce === undefined) throw new Error(`no nonce was handed out, but ${status}`)
  return nonce
}

type Header = readonly [name: string, value: string]

/** A proof that differs from the right one for a request. */
export interface ProofDefect extends Partial<ProofOptions> {
  /** How the token that goes with it differs. */
  readonly token?: AccessTokenOptions
}

/** Makes the requests of a case: what a client of the server at one port would send. */
export class ContractClient {
  readonly world: ContractWorld
  readonly port: number
  readonly issuer: ListeningTestIssuer

  constructor(world: ContractWorld, port: number) {
    this.world = world
    this.port = port
    this.issuer = world.issuer
  }

  get host(): string {
    return `127.0.0.1:${this.port}`
  }

  url(target: string): string {
    return `http://${this.host}${target}`
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
    return this.issuer.accessToken({ jkt: this.world.clientKey.thumbprint, ...options })
  }

  /** The Authorization and DPoP headers for a request. */
  async dpopHeaders(target: string, { token: tokenOptions, ...proof }: ProofDefect = {}): Promise<Header[]> {
    const token = await this.boundToken(tokenOptions)
    const text = await createProof({ key: this.world.clientKey, url: this.url(target), accessToken: token, ...proof })
    return [
      ['Authorization', `DPoP ${token}`],
      ['DPoP', text],
    ]
  }

  /** A nonce of the server (RFC 9449 §9): what it hands out to a client whose clock is an hour slow. */
  async nonce(): Promise<string> {
    return handedOut(await sendRaw(this.port, await this.dpop({ now: Date.now() / 1000 - 3600 })))
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
  symmetric(alg: string, secret: Uint8Array): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    const { issuer } = this
    return compactJws({
      header: { alg, typ: 'at+jwt', kid: issuer.signingKey.kid },
      payload: { iss: issuer.issuer, aud: issuer.audience, sub: 'user-1', iat: now, exp: now + 600 },
      key: { alg, secret },
    })
  }
}
