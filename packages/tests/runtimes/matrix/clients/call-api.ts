import { createFetch, dpopThumbprint, generateDpopKeyPair } from '@acme/auth-client'

/** What a client did at an API: the answers, and what it did before them. */
export interface Calls {
  readonly answers: readonly string[]
  readonly causes: readonly string[]
}

const post = (body: string | ReadableStream): object => ({
  method: 'POST',
  headers: { 'content-type': 'text/plain' },
  body,
  duplex: 'half',
})

/** Calls an API with a bound token, by a clock that is an hour off. */
export async function callApi(api: string): Promise<Calls> {
  const dpopKey = await generateDpopKeyPair()
  const value = await (await fetch(`${api}/token?jkt=${await dpopThumbprint(dpopKey)}`)).text()
  const causes: string[] = []
  const token = { value, type: 'DPoP', dpopKey, expiresAt: undefined, scopes: undefined } as const
  const apiFetch = createFetch(
    { getAccessToken: () => Promise.resolve(token) },
    { origins: [api], now: () => Date.now() / 1000 + 3600, onEvent: ({ cause }) => void causes.push(cause) },
  )
  const stream = new Blob(['stream']).stream()
  const inits = [{}, post('text'), post(stream)]
  const answers: string[] = []
  for (const init of inits) answers.push(await textOf(apiFetch(`${api}/messages`, init)))
  answers.push(await textOf(apiFetch(new Request(`${api}/messages`, post('request')))))
  answers.push(await textOf(apiFetch(`${api}/moved`)), await textOf(apiFetch(`${api}/away`)))
  return { answers, causes }
}

async function textOf(running: Promise<Response>): Promise<string> {
  const response = await running
  return `${response.status} ${await response.text()}`
}
