import { createFetch, isAuthClientError } from '@acme/auth-client'
import type { AccessTokenSource, FetchEvent } from '@acme/auth-client'

import type { Api } from './config.js'

/** What a button does, at all servers at the same time. */
export interface Action {
  readonly label: string
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
}

export const ACTIONS: readonly Action[] = [
  { label: 'Read messages', method: 'GET', path: '/api/messages' },
  { label: 'Show profile', method: 'GET', path: '/api/profile' },
  { label: 'Transfer, with a stronger login', method: 'POST', path: '/api/transfer' },
  { label: 'Delete, with more scopes', method: 'DELETE', path: '/api/resource/1' },
]

/** What became of a call. */
export interface Answer {
  readonly api: Api
  /** Undefined where there was no answer. */
  readonly status: number | undefined
  readonly text: string
  /** What the fetch did before. */
  readonly did: readonly FetchEvent['cause'][]
}

const LONGEST = 160

/** A server, called as the user. */
export class Server {
  readonly api: Api
  /** With token and proof. */
  readonly fetch: typeof fetch
  #did: FetchEvent['cause'][] = []

  constructor(api: Api, tokens: AccessTokenSource, onEvent: (event: FetchEvent) => void) {
    this.api = api
    this.fetch = createFetch(tokens, {
      origins: [api.origin],
      onEvent: (event) => {
        this.#did.push(event.cause)
        onEvent(event)
      },
    })
  }

  /** One call at a time. */
  async call({ method, path }: Action): Promise<Answer> {
    this.#did = []
    try {
      const response = await this.fetch(this.api.origin + path, { method })
      return this.#answer(response.status, (await response.text()).slice(0, LONGEST))
    } catch (error) {
      return this.#answer(undefined, messageOf(error))
    }
  }

  #answer(status: number | undefined, text: string): Answer {
    return { api: this.api, status, text, did: this.#did }
  }
}

export function messageOf(error: unknown): string {
  if (isAuthClientError(error)) return `${error.code}: ${error.message}`
  return error instanceof Error ? error.message : String(error)
}
