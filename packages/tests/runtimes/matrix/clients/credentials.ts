import { createAuthClient, createFetch, generateDpopKeyPair } from '@acme/auth-client'

/** Where to call, and by which clock. */
export interface Setting {
  readonly issuer: string
  readonly audience: string
  readonly api: string
  /** Seconds by which the clock of the client is wrong. */
  readonly off: number
}

/** What came of it. */
export interface Outcome {
  readonly answers: readonly string[]
  readonly causes: readonly string[]
  /** Why a client with a wrong secret got no token. */
  readonly refused: unknown
  readonly circuit: string
}

/** A service: tokens by client credentials, bound to a key, for calls. */
export async function callAsService(given: string): Promise<Outcome> {
  const { issuer, audience, api, off } = JSON.parse(given) as Setting // as: written by the test
  const now = (): number => Date.now() / 1000 + off
  const settings = { issuer, audience, clientId: 'service', dpop: await generateDpopKeyPair(), now }
  const client = createAuthClient({ ...settings, authentication: { secret: 'right' } })
  const causes: string[] = []
  const onEvent = ({ cause }: { readonly cause: string }): void => void causes.push(cause)
  const apiFetch = createFetch(client.clientCredentials(), { origins: [api], now, onEvent })
  const answers: string[] = []
  for (const method of ['GET', 'POST', 'GET']) {
    const response = await apiFetch(`${api}/caller?page=2`, { method })
    answers.push(`${response.status} ${await response.text()}`)
  }
  const stranger = createAuthClient({ ...settings, authentication: { secret: 'wrong' } })
  const refused = await stranger
    .clientCredentials()
    .getAccessToken()
    .catch((error: unknown) => Object(error).reason ?? String(error))
  return { answers, causes, refused, circuit: client.circuit }
}
