import { DPoP, generateKeyPair, modifyAssertion } from 'oauth4webapi'
import type { CryptoKeyPair, DPoPHandle } from 'oauth4webapi'

import type { DpopKeyPair } from './dpop/key-pair.js'
import { AuthClientError } from './errors.js'

/** The key that tokens of a client are bound to, and the proofs for its issuer. */
export interface Binding {
  readonly keyPair: DpopKeyPair
  readonly handle: DPoPHandle
  /** RFC 7638, what `dpop_jkt` and `cnf.jkt` hold. */
  readonly thumbprint: string
}

/** @param skew - seconds between the clock that the library reads and that of the issuer */
export function bindingOf(
  dpop: DpopKeyPair | 'generate' | undefined,
  skew: () => number,
): () => Promise<Binding | undefined> {
  let made: Promise<Binding> | undefined
  return async () => {
    if (dpop === undefined) return undefined
    made ??= bind(dpop, skew)
    try {
      return await made
    } catch (error) {
      made = undefined
      throw new AuthClientError('key_unavailable', 'want a pair of CryptoKeys that signs', { cause: error })
    }
  }
}

async function bind(dpop: DpopKeyPair | 'generate', skew: () => number): Promise<Binding> {
  const keyPair = dpop === 'generate' ? await generateKeyPair('ES256') : dpop
  // The library checks that they are keys.
  const handle = DPoP({}, keyPair as CryptoKeyPair, {
    [modifyAssertion]: (_header, payload) => {
      payload['iat'] = Math.floor(Date.now() / 1000 + skew())
    },
  })
  return { keyPair, handle, thumbprint: await handle.calculateThumbprint() }
}
