import {
  expectedAnswer,
  expiredToken,
  missingScope,
  noCredentials as refusedWithoutCredentials,
  proofUrl,
  replayedProof,
  replayUnavailable as unknownWhetherReplayed,
  sendRaw,
} from '@acme/auth-conformance'
import type { Answer, Expected } from '@acme/auth-conformance'
import { createResourceServer, isAuthError } from '@acme/auth-core'
import { createProof, createTestKey, startTestIssuer } from '@acme/auth-testing'
import type { AccessTokenOptions, ListeningTestIssuer, TestAlgorithm, TestKey } from '@acme/auth-testing'

export type { Answer } from '@acme/auth-conformance'

export type Header = readonly [name: string, value: string]

const SERVER_HEADERS = new Set(['date', 'connection', 'keep-alive'])
const ID = 'request-1'

/** Sends a request whose correlation identifier is known, so that whole answers can be compared. */
export async function send(
  port: number,
  target: string,
  headers: readonly Header[] = [],
  method = 'GET',
): Promise<Answer> {
  const host: readonly Header[] = headers.some(([name]) => name === 'Host') ? [] : [['Host', `127.0.0.1:${port}`]]
  const request = { method, target, headers: [...host, ['X-Request-Id', ID] as const, ...headers] }
  const response = await sendRaw(port, request)
  const own = response.headers.filter(([name]) => !SERVER_HEADERS.has(name.toLowerCase()))
  return {
    status: response.status,
    headers: own.map(([name, value]) => `${name.toLowerCase()}: ${value}`).toSorted(),
    body: response.body,
  }
}

/** The whole answer to a request that {@link send} sent. */
function answerTo(expected: Expected): Answer {
  return expectedAnswer({ ...expected, correlationId: ID })
}

export const noCredentials: Answer = answerTo(refusedWithoutCredentials())

/** The same on a route that asks for scopes. */
export function noCredentialsFor(scope: string): Answer {
  return answerTo(refusedWithoutCredentials('allowed', scope))
}

export const expired: Answer = answerTo(expiredToken())
export const replayed: Answer = answerTo(replayedProof())
export const forAnotherUrl: Answer = answerTo(proofUrl())
export const replayUnavailable: Answer = answerTo(unknownWhetherReplayed)

/** `wanted` are all the scopes of the guard, as the challenge names them. */
export function lacksScope(wanted: string, scheme: 'Bearer' | 'DPoP' = 'Bearer'): Answer {
  return answerTo(missingScope({ scheme, parameters: `, scope="${wanted}"` }))
}

/** The same refusal with headers that the application had set before. */
export function withHeaders(answer: Answer, ...headers: readonly string[]): Answer {
  return { ...answer, headers: [...answer.headers, ...headers].toSorted() }
}

/** Secret of the nonces, where an application uses any. */
export const NONCE_SECRET: string = crypto.randomUUID()

interface ProofParts {
  readonly method?: string
  readonly scope?: string
  readonly nonce?: string
}

/** An issuer that listens, and a client of it. */
export interface World {
  readonly issuer: ListeningTestIssuer
  readonly options: { readonly issuer: string; readonly audience: string }
  /** The header of a request with a Bearer token. */
  bearer(token?: AccessTokenOptions): Promise<Header[]>
  /** The headers of a request with a DPoP-bound token and a proof. */
  dpop(url: string, proof?: ProofParts): Promise<Header[]>
  /** A nonce that has used most of its life, so that the answer to the request brings another. */
  ageingNonce(): Promise<string>
}

/** @param algorithm of the tokens: an RSA key takes a quarter of a second of a processor to make, and the contract has them. */
export async function createWorld(algorithm: TestAlgorithm = 'ES256'): Promise<World> {
  const issuer = await startTestIssuer({ algorithm })
  const key: TestKey = await createTestKey('ES256')
  const options = { issuer: issuer.issuer, audience: issuer.audience }
  // A replica whose clock is 200 of the 300 seconds behind for which a nonce is good.
  const past = createResourceServer(
    { ...options, dpop: { nonce: { secret: NONCE_SECRET } } },
    { now: () => Date.now() / 1000 - 200 },
  )
  return {
    issuer,
    options,
    bearer: async (token) => [['Authorization', `Bearer ${await issuer.accessToken(token)}`]],
    dpop: async (url, { method = 'GET', scope, nonce } = {}) => {
      const accessToken = await issuer.accessToken({ jkt: key.thumbprint, ...(scope !== undefined && { scope }) })
      return [
        ['Authorization', `DPoP ${accessToken}`],
        ['DPoP', await createProof({ key, url, method, accessToken, ...(nonce !== undefined && { nonce }) })],
      ]
    },
    async ageingNonce() {
      const url = 'https://api.example.com/'
      const proof = await createProof({ key, url, accessToken: 'any' })
      const asked = past.verifyDpopProof({
        proof,
        method: 'GET',
        url,
        accessToken: 'any',
        thumbprint: key.thumbprint,
      })
      const error: unknown = await asked.catch((reason: unknown) => reason)
      if (isAuthError(error) && error.nonce !== undefined) return error.nonce
      throw new Error('no nonce', { cause: error })
    },
  }
}
