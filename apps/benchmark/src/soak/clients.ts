import {
  allowInsecureRequests,
  clockSkew,
  customFetch,
  DPoP,
  generateKeyPair,
  modifyAssertion,
  protectedResourceRequest,
} from 'oauth4webapi'
import type { DPoPHandle } from 'oauth4webapi'

/** A DPoP client by oauth4webapi, with a key of its own. Each handle keeps its own nonces. */
export interface Client {
  readonly thumbprint: string
  /** Its clock is right. */
  readonly right: DPoPHandle
  /** An hour slow or fast: it gets through with nonces only. */
  readonly wrong: DPoPHandle
  /** Its proofs are so old that they will be acceptable for ten seconds more. */
  readonly late: DPoPHandle
  /** Puts into its proofs what {@link Forgery.nonce} is. */
  readonly forging: DPoPHandle
}

/** Set before each use: the handle is one, the nonces are many. */
export interface Forgery {
  nonce: () => string
}

// The servers accept proofs for 300 s and 30 s of tolerance.
const LATE = 320

export function createClients(count: number, forgery: Forgery): Promise<readonly Client[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => createClient(index, forgery)))
}

async function createClient(index: number, forgery: Forgery): Promise<Client> {
  const keys = await generateKeyPair('ES256')
  const forge = (_header: object, claims: Record<string, unknown>): void => void (claims['nonce'] = forgery.nonce())
  const handle = (skew: number): DPoPHandle => DPoP({ [clockSkew]: skew }, keys)
  const right = handle(0)
  return {
    thumbprint: await right.calculateThumbprint(),
    right,
    wrong: handle(index % 2 === 0 ? -3600 : 3600),
    late: handle(-LATE),
    forging: DPoP({}, keys, { [modifyAssertion]: forge }),
  }
}

export interface ProvenRequest {
  readonly handle: DPoPHandle
  readonly token: string
  readonly method: string
  readonly url: string
}

/**
 * Has oauth4webapi make a proof for a request. `deliver` sends it, however often, and returns the nonce that the client
 * is to learn.
 */
export async function withProof(
  { handle, token, method, url }: ProvenRequest,
  deliver: (proof: string) => Promise<string | undefined>,
): Promise<void> {
  await protectedResourceRequest(token, method, new URL(url), undefined, null, {
    DPoP: handle,
    [allowInsecureRequests]: true,
    [customFetch]: async (_url, { headers }) => {
      const nonce = await deliver(headers['dpop'] ?? '')
      return new Response(null, nonce === undefined ? {} : { headers: { 'dpop-nonce': nonce } })
    },
  })
}
