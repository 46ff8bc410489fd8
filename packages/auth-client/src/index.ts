export type { AccessToken, AccessTokenRequest, AccessTokenSource, StepUp } from './access-token.js'
export type { DpopKeyPair, WebCryptoKey } from './dpop/key-pair.js'
