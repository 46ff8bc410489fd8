export { storedDpopKeyPair } from './dpop/stored-key-pair.js'
export type { StoredKeyPairOptions } from './dpop/stored-key-pair.js'
export type { DpopAlgorithm, DpopKeyPair, WebCryptoKey } from './dpop/key-pair.js'
