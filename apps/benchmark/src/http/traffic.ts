import type { ListeningTestIssuer } from '@acme/auth-testing'

import { HOST, makeClients, makeTokens, PATH, tampered } from '../material.js'
import { ProofPool } from '../proof-pool.js'
import { BARE_PATH } from './setup.js'

export type TrafficKind = 'new' | 'seen' | 'dpop'

const NEW_TOKENS = 4000
const SEEN_TOKENS = 1000
const CLIENTS = 100

/** What the client sends: the same requests to every framework. */
export class Traffic {
  readonly tokens: readonly string[]
  readonly pool: ProofPool

  private constructor(tokens: readonly string[], pool: ProofPool) {
    this.tokens = tokens
    this.pool = pool
  }

  static async create(issuer: ListeningTestIssuer): Promise<Traffic> {
    const pool = await ProofPool.create(issuer, await makeClients(CLIENTS), { tokens: SEEN_TOKENS })
    return new Traffic(await makeTokens(issuer, NEW_TOKENS), pool)
  }

  /** Proofs are good for five minutes only. */
  renewed(): Traffic {
    return new Traffic(this.tokens, this.pool.renewed())
  }

  /** One server's requests, in order. */
  stream(kind: TrafficKind): Stream {
    if (kind === 'dpop') return new DpopStream(this.pool)
    return new BearerStream(kind === 'new' ? this.tokens : this.tokens.slice(0, SEEN_TOKENS))
  }
}

/** Requests to one server. Those to the bare route carry the same headers, and use nothing up. */
export interface Stream {
  readonly bare: () => Buffer | undefined
  readonly guarded: () => Buffer | undefined
  /** A request that every guard must refuse. */
  refused(): Buffer
  /** Makes what the next `count` guarded requests need. */
  prepare(count: number): void
}

class BearerStream implements Stream {
  readonly #bare: readonly Buffer[]
  readonly #guarded: readonly Buffer[]
  readonly #refused: Buffer
  #next = 0

  constructor(tokens: readonly string[]) {
    const header = (token: string): string => `Authorization: Bearer ${token}\r\n`
    this.#bare = tokens.map((token) => request(BARE_PATH, header(token)))
    this.#guarded = tokens.map((token) => request(PATH, header(token)))
    this.#refused = request(PATH, header(tampered(tokens[0] ?? '')))
  }

  prepare(): void {}

  bare = (): Buffer | undefined => this.#bare[this.#next++ % this.#bare.length]

  guarded = (): Buffer | undefined => this.#guarded[this.#next++ % this.#guarded.length]

  refused(): Buffer {
    return this.#refused
  }
}

class DpopStream implements Stream {
  readonly #pool: ProofPool
  #next = 0
  #last = 0

  constructor(pool: ProofPool) {
    this.#pool = pool
  }

  prepare(count: number): void {
    this.#last = this.#next + count
    this.#pool.ensure(this.#last)
  }

  bare = (): Buffer | undefined => this.#request(BARE_PATH, Math.floor(Math.random() * this.#last))

  guarded = (): Buffer | undefined => (this.#next < this.#last ? this.#request(PATH, this.#next++) : undefined)

  refused(): Buffer {
    const { authorization, proof } = this.#pool.at(0)
    return request(PATH, `Authorization: ${authorization}\r\nDPoP: ${tampered(proof)}\r\n`)
  }

  #request(path: string, index: number): Buffer {
    const { authorization, proof } = this.#pool.at(index)
    return request(path, `Authorization: ${authorization}\r\nDPoP: ${proof}\r\n`)
  }
}

function request(path: string, credentials: string): Buffer {
  return Buffer.from(`GET ${path} HTTP/1.1\r\nHost: ${HOST}\r\nAccept: */*\r\n${credentials}\r\n`, 'latin1')
}
