import type { ListeningTestIssuer } from '@acme/auth-testing'

import { makeMany, makeToken, tokenHash } from './material.js'
import type { Client } from './material.js'

/** The two header values of a DPoP request. */
export interface DpopCredentials {
  readonly authorization: string
  readonly proof: string
}

interface BoundToken {
  readonly client: Client
  readonly header: Buffer
  readonly ath: string
}

/**
 * Requests of a number of clients in turn, each with a proof of its own. All candidates walk through the same requests
 * with a cursor each, so that every verifier sees every proof once, and the same ones as the others.
 */
export class ProofPool {
  readonly #tokens: readonly BoundToken[]
  readonly #proofs: Buffer[] = []

  private constructor(tokens: readonly BoundToken[]) {
    this.#tokens = tokens
  }

  /** `tokens` access tokens, bound to the clients in turn. */
  static async create(
    issuer: ListeningTestIssuer,
    clients: readonly Client[],
    { tokens }: { readonly tokens: number },
  ): Promise<ProofPool> {
    const bound = await makeMany(tokens, async (index): Promise<BoundToken> => {
      const client = clients[index % clients.length]
      if (client === undefined) throw new RangeError('no clients')
      const token = await makeToken(issuer, { jkt: client.key.thumbprint })
      return { client, header: Buffer.from(`DPoP ${token}`, 'latin1'), ath: tokenHash(token) }
    })
    return new ProofPool(bound)
  }

  /** The same tokens with new proofs, for verifiers that have seen none. */
  renewed(): ProofPool {
    return new ProofPool(this.#tokens)
  }

  /** Number of different access tokens. */
  get tokens(): number {
    return this.#tokens.length
  }

  /** Makes the proofs of the first `count` requests, where they are not made yet. */
  ensure(count: number): void {
    while (this.#proofs.length < count) {
      const { client, ath } = this.#token(this.#proofs.length)
      this.#proofs.push(Buffer.from(client.proof(ath), 'latin1'))
    }
  }

  /** As new strings each time. @throws {RangeError} for a request whose proof is not made yet */
  at(index: number): DpopCredentials {
    const proof = this.#proofs[index]
    if (proof === undefined) throw new RangeError(`no proof ${index}`)
    return { authorization: this.#token(index).header.toString('latin1'), proof: proof.toString('latin1') }
  }

  #token(index: number): BoundToken {
    const token = this.#tokens[index % this.#tokens.length]
    if (token === undefined) throw new RangeError('no tokens')
    return token
  }
}

/** One candidate's way through a pool. */
export class ProofCursor {
  readonly #pool: ProofPool
  #next: number

  constructor(pool: ProofPool, start = 0) {
    this.#pool = pool
    this.#next = start
  }

  prepare = (count: number): void => this.#pool.ensure(this.#next + count)

  next(): DpopCredentials {
    return this.#pool.at(this.#next++)
  }
}
