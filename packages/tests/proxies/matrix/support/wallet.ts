import {
  allowInsecureRequests,
  clientCredentialsGrant,
  ClientSecretPost,
  customFetch,
  discovery,
  fetchProtectedResource,
  getDPoPHandle,
  randomDPoPKeyPair,
} from 'openid-client'

/** The headers that prove who calls. */
export interface Credentials {
  readonly authorization: string
  readonly dpop: string
}

/** An OAuth client of the tenant; its tokens and proofs are openid-client's. */
export interface Wallet {
  readonly issuer: string
  readonly audience: string
  /** What openid-client sends when it is asked to call this URL. Nothing is sent. */
  credentials(method: string, url: string): Promise<Credentials>
}

interface Directory {
  readonly issuer: string
  readonly audience: string
  readonly clients: readonly { readonly id: string; readonly secret: string }[]
}

/** The tenant's `admin`, who may call everything. */
export async function openWallet(tenantOrigin: string): Promise<Wallet> {
  const response = await fetch(`${tenantOrigin}/tenant/clients`)
  const { issuer, audience, clients } = (await response.json()) as Directory // as: the tenant's own answer
  const secret = clients.find(({ id }) => id === 'admin')?.secret
  const configuration = await discovery(new URL(issuer), 'admin', undefined, ClientSecretPost(secret), {
    execute: [allowInsecureRequests],
  })
  const DPoP = getDPoPHandle(configuration, await randomDPoPKeyPair('ES256'))
  const { access_token: token } = await clientCredentialsGrant(configuration, { audience }, { DPoP })
  return {
    issuer,
    audience,
    async credentials(method, url) {
      let sent: Readonly<Record<string, string>> = {}
      configuration[customFetch] = (_url, { headers }) => {
        sent = headers
        return Promise.resolve(new Response())
      }
      await fetchProtectedResource(configuration, token, new URL(url), method, undefined, undefined, { DPoP })
      const { authorization, dpop } = sent
      if (authorization === undefined || dpop === undefined) throw new Error('openid-client made no proof')
      return { authorization, dpop }
    },
  }
}
