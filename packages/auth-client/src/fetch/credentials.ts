import type { AccessToken } from '../access-token.js'
import { ServerClocks } from '../dpop/clocks.js'
import { DpopNonces } from '../dpop/nonces.js'
import { createDpopProof } from '../dpop/proof.js'
import { AuthClientError } from '../errors.js'
import type { Outgoing } from './outgoing.js'

/** The headers that say who calls, and what they were made with. */
export interface Credentials {
  readonly token: AccessToken
  readonly headers: Readonly<Record<string, string>>
  readonly nonce: string | undefined
  /** Seconds by which the server's clock was thought to be ahead. */
  readonly offset: number
}

// Seconds: a nonce that is older may be stale, and a body that can be sent once is not risked for it.
const FRESH_NONCE = 60

// RFC 6750 §2.1, RFC 9449 §7.1. What refuses a header tells its value in the message, and so would log the token.
const B64TOKEN = /^[A-Za-z0-9._~+/-]+=*$/

/** Makes credentials for requests, and learns from the answers what the next ones need. */
export class CredentialMaker {
  readonly #nonces = new DpopNonces()
  readonly #clocks = new ServerClocks()
  readonly #now: () => number
  /** The last place that was asked for a nonce, and when. */
  #asked = { place: '', at: -Infinity }

  constructor(now: () => number) {
    this.#now = now
  }

  /** @throws {AuthClientError} `key_unavailable`; `answer_invalid` for what no header may hold */
  async make({ url, method }: Outgoing, token: AccessToken): Promise<Credentials> {
    const { type, value, dpopKey } = token
    if (!B64TOKEN.test(value)) throw new AuthClientError('answer_invalid', 'the access token is none (RFC 6750 §2.1)')
    if (type === 'Bearer') return { token, headers: { authorization: `Bearer ${value}` }, nonce: undefined, offset: 0 }
    // RFC 9449 §7.2: never downgraded.
    if (dpopKey === undefined)
      throw new AuthClientError('key_unavailable', 'the token is bound to a key that is not there')
    const offset = this.#clocks.offset(url.origin)
    const nonce = this.#nonces.get(url.origin)
    const proof = { keyPair: dpopKey, method, url, accessToken: value, nonce, now: this.#now() + offset }
    return { token, headers: { authorization: `DPoP ${value}`, dpop: await createDpopProof(proof) }, nonce, offset }
  }

  /** Takes the nonce of any answer (RFC 9449 §8.2). */
  learnNonce({ origin }: URL, { headers }: Response): void {
    this.#nonces.learn(origin, headers, this.#now())
  }

  /** Whether there is another nonce by now than these were made with; from whichever answer it came. Bearer has none. */
  hasNewNonce({ origin }: URL, { token, nonce }: Credentials): boolean {
    return token.type === 'DPoP' && this.#nonces.get(origin) !== nonce
  }

  /** The same of the time of the server, which only an answer to a bad proof is asked for. */
  hasNewTime({ origin }: URL, { token, offset }: Credentials, { headers }: Response): boolean {
    if (token.type !== 'DPoP') return false
    this.#clocks.learn(origin, headers, this.#now())
    return this.#clocks.offset(origin) !== offset
  }

  /** Whether a proof for a body that can be sent once may need a nonce which is not known. */
  wantsNonce({ origin, pathname }: URL, { type }: AccessToken): boolean {
    const now = this.#now()
    const isAsked = this.#asked.place === origin + pathname && now - this.#asked.at < FRESH_NONCE
    return type === 'DPoP' && !isAsked && this.#nonces.age(origin, now) >= FRESH_NONCE
  }

  /** Where none are handed out, nobody asks each time. */
  askedForNonce({ origin, pathname }: URL): void {
    this.#asked = { place: origin + pathname, at: this.#now() }
  }
}
