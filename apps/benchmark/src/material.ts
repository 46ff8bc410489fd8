import { createHash, KeyObject, randomUUID, sign } from 'node:crypto'

import { createTestKey, startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer, TestKey } from '@acme/auth-testing'

/** The request that every token and proof is for. */
export const HOST = 'api.test'
export const PATH = '/protected'
export const URL_OF_REQUEST: string = `http://${HOST}${PATH}`
export const AUDIENCE = 'https://api.test/'

/** The length of an access token with a handful of scopes and permissions. */
const TOKEN_LENGTH = 982

/** What a process needs to know of an issuer. */
export type KnownIssuer = Pick<ListeningTestIssuer, 'issuer' | 'jwksUri'> & {
  readonly signingKey: Pick<TestKey, 'kid' | 'publicJwk'>
}

/** An issuer on a loopback port, for peers that fetch their keys. */
export function startIssuer(): Promise<ListeningTestIssuer> {
  return startTestIssuer({ audience: AUDIENCE, algorithm: 'RS256' })
}

/**
 * Texts that are handed out in turn, each time as a new string: one that was a key of a Map before remembers its hash,
 * which no header of a request does.
 */
export class Texts {
  readonly #texts: readonly Buffer[]
  #next = 0

  constructor(texts: readonly string[], prefix = '') {
    this.#texts = texts.map((text) => Buffer.from(prefix + text, 'latin1'))
  }

  next(): string {
    const text = this.#texts[this.#next] ?? Buffer.alloc(0)
    this.#next = this.#next + 1 < this.#texts.length ? this.#next + 1 : 0
    return text.toString('latin1')
  }
}

/** Any number of things made at once, a few at a time: the pool has few threads. */
export async function makeMany<Item>(count: number, make: (index: number) => Promise<Item>): Promise<Item[]> {
  const made: Item[] = []
  for (let index = 0; index < count; index += 64) {
    const indexes = Array.from({ length: Math.min(64, count - index) }, (_, offset) => index + offset)
    made.push(...(await Promise.all(indexes.map(make))))
  }
  return made
}

/** Differences from a good access token. */
export interface TokenOptions {
  readonly jkt?: string
  readonly expiresIn?: number
  readonly iss?: string
  readonly aud?: string
}

/** A distinct RS256 access token of {@link TOKEN_LENGTH} characters. */
export async function makeToken(issuer: ListeningTestIssuer, options: TokenOptions = {}): Promise<string> {
  return signToken(issuer, options, await paddingFor(issuer, options))
}

function signToken(issuer: ListeningTestIssuer, options: TokenOptions, padding: string): Promise<string> {
  const { jkt, expiresIn = 7200, ...claims } = options
  const bound = jkt === undefined ? {} : { jkt }
  return issuer.accessToken({ scope: SCOPES, ...bound, expiresIn, claims: { ...claims, padding } })
}

const SCOPES = 'openid profile read:messages write:messages'
const paddings = new Map<string, string>()

/** The same for all tokens whose claims are of the same lengths. */
async function paddingFor(
  issuer: ListeningTestIssuer,
  { jkt, iss = issuer.issuer, aud }: TokenOptions,
): Promise<string> {
  const lengths = [jkt, iss, aud].map((claim) => claim?.length).join()
  const known = paddings.get(lengths)
  if (known !== undefined) return known
  const { length } = await signToken(issuer, { iss, ...(jkt && { jkt }), ...(aud && { aud }) }, '')
  // Base64url makes four characters of three.
  const padding = 'x'.repeat(Math.max(0, Math.floor(((TOKEN_LENGTH - length) * 3) / 4)))
  paddings.set(lengths, padding)
  return padding
}

export function makeTokens(issuer: ListeningTestIssuer, count: number, options?: TokenOptions): Promise<string[]> {
  return makeMany(count, () => makeToken(issuer, options))
}

/** The signed bytes of a compact JWS and its signature. */
export interface SignedBytes {
  readonly input: Buffer
  readonly signature: Buffer
}

export function signedBytes(jws: string): SignedBytes {
  const end = jws.lastIndexOf('.')
  return { input: Buffer.from(jws.slice(0, end)), signature: Buffer.from(jws.slice(end + 1), 'base64url') }
}

/** A compact JWS with another signature of the same length, so that nothing but the signature is wrong. */
export function tampered(jws: string): string {
  const end = jws.lastIndexOf('.')
  const { signature } = signedBytes(jws)
  signature[20] = (signature[20] ?? 0) ^ 1
  return `${jws.slice(0, end)}.${signature.toString('base64url')}`
}

/** A client with its DPoP key: makes proofs synchronously, fast enough to make many. */
export class Client {
  readonly key: TestKey
  readonly #privateKey: KeyObject
  readonly #header: string

  constructor(key: TestKey) {
    this.key = key
    this.#privateKey = KeyObject.from(key.privateKey)
    const { kty, crv, x, y } = key.publicJwk
    this.#header = encode({ typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, crv, x, y } })
  }

  proof(ath: string, url: string = URL_OF_REQUEST): string {
    const claims = { jti: randomUUID(), htm: 'GET', htu: url, iat: Math.floor(Date.now() / 1000), ath }
    const input = `${this.#header}.${encode(claims)}`
    const signature = sign('sha256', Buffer.from(input), { key: this.#privateKey, dsaEncoding: 'ieee-p1363' })
    return `${input}.${signature.toString('base64url')}`
  }
}

export function makeClients(count: number): Promise<Client[]> {
  return makeMany(count, async () => new Client(await createTestKey('ES256')))
}

/** The `ath` of a token (RFC 9449 §4.2). */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
