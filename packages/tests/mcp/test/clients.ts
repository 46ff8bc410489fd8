import * as v2 from '@modelcontextprotocol/client'
import { ClientCredentialsProvider as V1ClientCredentials } from '@modelcontextprotocol/sdk/client/auth-extensions.js'
import { Client as V1Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as V1Transport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { OAuthClientProvider as V1Provider } from '@modelcontextprotocol/sdk/client/auth.js'

import { CALLBACK, logIn } from './world.js'

/** What both versions of the client are asked to do here. */
export interface Connected {
  listTools(): Promise<{ tools: { name: string }[] }>
  callTool(call: { name: string; arguments?: Record<string, unknown> }): Promise<unknown>
  close(): Promise<void>
}

export interface Secret {
  readonly clientId: string
  readonly clientSecret: string
  readonly scope?: string
  readonly expectedIssuer: string
}

const SELF = { name: 'test', version: '0.0.0' }

type Fetch = typeof fetch

export async function connectV1(url: URL, secret: Secret, send: Fetch): Promise<Connected> {
  const client = new V1Client(SELF)
  const options = { authProvider: new V1ClientCredentials(secret), fetch: send }
  await client.connect(new V1Transport(url, options))
  return client
}

export async function connectV2(url: URL, secret: Secret, send: Fetch, dpop = false): Promise<Connected> {
  const client = new v2.Client(SELF)
  const authProvider = new v2.ClientCredentialsProvider(secret)
  await client.connect(
    new v2.StreamableHTTPClientTransport(url, {
      authProvider: dpop ? await withDpop(authProvider) : authProvider,
      fetch: send,
    }),
  )
  return client
}

/** With a token that it is given, whatever that is good for. */
export async function connectV2WithToken(url: URL, accessToken: string, send: Fetch): Promise<Connected> {
  const client = new v2.Client(SELF)
  const authProvider = { token: () => Promise.resolve(accessToken) }
  await client.connect(new v2.StreamableHTTPClientTransport(url, { authProvider, fetch: send }))
  return client
}

async function withDpop(provider: v2.OAuthClientProvider): Promise<v2.OAuthClientProvider> {
  const session = await v2.DpopSession.create()
  return Object.assign(provider, { dpop: () => session })
}

/** What an application of a user keeps: a public client, and where the user was sent. */
function userProvider(expectedIssuer: string): V1Provider & v2.OAuthClientProvider & { readonly sentTo: () => URL } {
  let verifier = ''
  let tokens: v2.StoredOAuthTokens | undefined
  let sentTo: URL | undefined
  return {
    redirectUrl: CALLBACK,
    clientMetadata: { redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none' },
    clientInformation: () => ({ client_id: 'assistant', issuer: expectedIssuer }),
    tokens: () => tokens,
    saveTokens: (given: v2.StoredOAuthTokens) => void (tokens = given),
    redirectToAuthorization: (url: URL) => void (sentTo = url),
    saveCodeVerifier: (given: string) => void (verifier = given),
    codeVerifier: () => verifier,
    sentTo() {
      if (sentTo === undefined) throw new Error('nobody was sent to log in')
      return sentTo
    },
  }
}

export async function connectUserV1(url: URL, issuer: string, send: Fetch): Promise<Connected> {
  const authProvider = userProvider(issuer)
  const open = (): V1Transport => new V1Transport(url, { authProvider, fetch: send })
  const first = open()
  await new V1Client(SELF).connect(first).catch(expectUnauthorized)
  const { searchParams } = await logIn(authProvider.sentTo())
  await first.finishAuth(searchParams.get('code') ?? '')
  const client = new V1Client(SELF)
  await client.connect(open())
  return client
}

export async function connectUserV2(url: URL, issuer: string, send: Fetch, dpop = false): Promise<Connected> {
  const own = userProvider(issuer)
  const authProvider = dpop ? await withDpop(own) : own
  const open = (): v2.StreamableHTTPClientTransport =>
    new v2.StreamableHTTPClientTransport(url, { authProvider, fetch: send })
  const first = open()
  await new v2.Client(SELF).connect(first).catch(expectUnauthorized)
  const { searchParams } = await logIn(own.sentTo())
  await first.finishAuth(searchParams)
  const client = new v2.Client(SELF)
  await client.connect(open())
  return client
}

/** As they say that the user has to log in. */
function expectUnauthorized(error: unknown): void {
  if (!(error instanceof Error) || !/unauthorized/i.test(`${error.name} ${error.constructor.name} ${error.message}`))
    throw error
}
