import { createAuthClient, createFetch } from '@acme/auth-client'
import * as dpop from 'dpop'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'

import { AUDIENCE } from './world.js'

/** What came of a call: the answer, or that the library threw; and a nonce for whoever handles those. */
export interface Answer {
  readonly status: number
  readonly nonce?: string | undefined
}

/** A client of a library, as its documentation shows it. */
export interface Caller {
  /** Gets a bound token by client credentials. @throws where the library does */
  token(nonce?: string): Promise<Answer>
  /** Calls an API with it. */
  call(url: string, nonce?: string): Promise<Answer>
}

/** @param skew - seconds that the library is told its clock is behind; undefined: it is told nothing */
export type Library = (issuer: string, skew?: number) => Promise<Caller>

export const LIBRARIES: Readonly<Record<string, Library>> = {
  '@acme/auth-client': async (issuer) => {
    const authentication = { secret: 'secret' }
    const options = { issuer, clientId: 'service', authentication, audience: AUDIENCE, dpop: 'generate' } as const
    const tokens = createAuthClient(options).clientCredentials()
    const fetches = new Map<string, typeof fetch>()
    return {
      async token() {
        await tokens.getAccessToken()
        return { status: 200 }
      },
      async call(url) {
        const { origin } = new URL(url)
        const apiFetch = fetches.get(origin) ?? createFetch(tokens, { origins: [origin] })
        fetches.set(origin, apiFetch)
        return answerOf(await apiFetch(url))
      },
    }
  },

  'openid-client': async (issuer, skew) => {
    const metadata = skew === undefined ? undefined : { [openid.clockSkew]: skew }
    const configuration = await openid.discovery(
      new URL(issuer),
      'service',
      metadata,
      openid.ClientSecretPost('secret'),
      { execute: [openid.allowInsecureRequests] },
    )
    const DPoP = openid.getDPoPHandle(configuration, await openid.randomDPoPKeyPair('ES256'))
    let token = ''
    return {
      async token() {
        const answer = await openid.clientCredentialsGrant(configuration, { audience: AUDIENCE }, { DPoP })
        token = answer.access_token
        return { status: 200 }
      },
      async call(url) {
        const given = [configuration, token, new URL(url), 'GET', undefined, undefined, { DPoP }] as const
        return answerOf(await openid.fetchProtectedResource(...given))
      },
    }
  },

  oauth4webapi: async (issuer, skew) => {
    const insecure = { [oauth.allowInsecureRequests]: true }
    const url = new URL(issuer)
    const server = await oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, insecure))
    const client = { client_id: 'service', ...(skew !== undefined && { [oauth.clockSkew]: skew }) }
    const options = { DPoP: oauth.DPoP(client, await oauth.generateKeyPair('ES256')), ...insecure }
    const authentication = oauth.ClientSecretPost('secret')
    let token = ''
    return {
      async token() {
        const parameters = { audience: AUDIENCE }
        const response = await oauth.clientCredentialsGrantRequest(server, client, authentication, parameters, options)
        token = (await oauth.processClientCredentialsResponse(server, client, response)).access_token
        return { status: 200 }
      },
      async call(target) {
        const given = [token, 'GET', new URL(target), undefined, undefined, options] as const
        return answerOf(await oauth.protectedResourceRequest(...given))
      },
    }
  },

  dpop: async (issuer) => {
    const keyPair = await dpop.generateKeyPair('ES256')
    const endpoint = `${issuer}oauth/token`
    let token = ''
    return {
      async token(nonce) {
        const headers = { dpop: await dpop.generateProof(keyPair, endpoint, 'POST', nonce) }
        const grant = { grant_type: 'client_credentials', audience: AUDIENCE }
        const body = new URLSearchParams({ ...grant, client_id: 'service', client_secret: 'secret' })
        const response = await fetch(endpoint, { method: 'POST', headers, body })
        const answer = (await response.clone().json()) as { access_token?: string } // as: absent from an error
        token = answer.access_token ?? ''
        return answerOf(response)
      },
      async call(url, nonce) {
        const headers = {
          authorization: `DPoP ${token}`,
          dpop: await dpop.generateProof(keyPair, url, 'GET', nonce, token),
        }
        return answerOf(await fetch(url, { headers }))
      },
    }
  },
}

async function answerOf(response: Response): Promise<Answer> {
  await response.body?.cancel()
  return { status: response.status, nonce: response.headers.get('dpop-nonce') ?? undefined }
}
