export type { DpopKeyPair, WebCryptoKey } from './dpop/key-pair.js'
