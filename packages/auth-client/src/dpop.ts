export { generateDpopKeyPair, dpopThumbprint } from './dpop/key-pair.js'
export type { DpopAlgorithm, DpopKeyPair, DpopKeyPairOptions, WebCryptoKey } from './dpop/key-pair.js'
export { createDpopProof } from './dpop/proof.js'
export type { DpopProofOptions } from './dpop/proof.js'
