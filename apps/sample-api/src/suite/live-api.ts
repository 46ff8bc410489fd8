import { credentialHeaders } from './credentials.js'
import type { Credentials, SuiteTools, TokenOptions } from './credentials.js'
import { handshake } from './live-client.js'
import type { LiveClient } from './live-client.js'

type Headers = Readonly<Record<string, string>>

/** Calls a sample API, and knows what to close. */
export class LiveApi {
  readonly #origin: string
  readonly #tools: SuiteTools
  readonly #opened: LiveClient[] = []

  constructor(origin: string, tools: SuiteTools) {
    this.#origin = origin
    this.#tools = tools
  }

  url(path: string): string {
    return this.#origin + path
  }

  async bearer(token: TokenOptions): Promise<Headers> {
    return { authorization: `Bearer ${await this.#tools.accessToken(token)}` }
  }

  async credentials(credentials: Credentials, path: string): Promise<Headers> {
    const { headers } = await credentialHeaders(this.#tools, credentials, { method: 'GET', url: this.url(path) })
    return headers
  }

  token(options: TokenOptions): Promise<string> {
    return this.#tools.accessToken(options)
  }

  async call(method: string, path: string, headers: Headers = {}): Promise<{ status: number; body: unknown }> {
    const response = await fetch(this.url(path), { method, headers })
    const body: unknown = await response.json()
    return { status: response.status, body }
  }

  /** A security event token, by push (RFC 8935 §2). */
  async post(path: string, content: string): Promise<{ status: number; text: string }> {
    const headers = { 'content-type': 'application/secevent+jwt', accept: 'application/json' }
    const response = await fetch(this.url(path), { method: 'POST', headers, body: content })
    return { status: response.status, text: await response.text() }
  }

  async ticket(path: string): Promise<string> {
    const { body } = await this.call('POST', `/api/tickets?path=${path}`, await this.bearer({ scope: 'read:messages' }))
    const { ticket } = body as { ticket?: string } // of the route, or of a refusal
    return `?auth0_ticket=${ticket}`
  }

  handshake(headers?: Headers, query = ''): Promise<number | undefined> {
    return handshake(this.url(`/ws${query}`), headers)
  }

  async open<Client extends LiveClient>(
    opens: (url: string, headers: Headers) => Promise<Client>,
    path: string,
    headers: Headers = {},
  ): Promise<Client> {
    const client = await opens(this.url(path), headers)
    this.#opened.push(client)
    return client
  }

  closeAll(): void {
    for (const client of this.#opened.splice(0)) client.close()
  }
}
