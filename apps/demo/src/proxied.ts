import { send } from './http.js'
import type { RequestHeaders } from './http.js'
import type { Sender } from './senders.js'
import { captureProof } from './tokens.js'
import type { TokenName } from './tokens.js'

/** What a client sends through the gateway, where that differs from a good request. */
interface Forgery {
  /** What the proof is made for. Default: the URL that is addressed. */
  readonly proofFor?: 'the API behind' | 'another host'
  /** What it says of how it came. */
  readonly headers?: RequestHeaders
}

const OTHER = 'evil.example.com'

/** A DPoP request through the gateway. */
export function throughGateway(name: TokenName, { proofFor, headers = {} }: Forgery = {}): Sender {
  return async ({ method, url, publicUrl, wallet }) => {
    const token = await wallet.token(name)
    const other = new URL(url.pathname, `https://${OTHER}`)
    const proven = proofFor === undefined ? publicUrl : proofFor === 'another host' ? other : url
    const proof = await captureProof(wallet, 'own', token, method, proven)
    return send(method, publicUrl, { authorization: `DPoP ${token}`, dpop: proof, ...headers })
  }
}

/** What a proxy would say of a request to another host. */
export const FORGED: RequestHeaders = {
  'x-forwarded-host': OTHER,
  'x-forwarded-proto': 'https',
  'x-forwarded-prefix': '/',
}

/** The same in the words of RFC 7239. */
export const FORGED_STANDARD: RequestHeaders = { forwarded: `for=127.0.0.1;host=${OTHER};proto=https` }
