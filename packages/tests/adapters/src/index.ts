export { describeCertificates } from './certificates.js'
export type { TlsOptions, TlsServer, TlsServerOptions } from './certificates.js'
export { describeMetadata } from './metadata.js'
export { describeExplainer } from './explainer.js'
export type { ExplainerServer } from './explainer.js'
export { describeFaults } from './faults.js'
export type { FaultServer } from './faults.js'
export { thrownValues } from './thrown-values.js'
export {
  send,
  noCredentials,
  noCredentialsFor,
  expired,
  replayed,
  forAnotherUrl,
  replayUnavailable,
  lacksScope,
  withHeaders,
  NONCE_SECRET,
  createWorld,
} from './support.js'
export type { Header, Answer, World } from './support.js'
export { describeRewrittenHeaders } from './rewritten-headers.js'
export type { RequestHeaders, RewritingServer } from './rewritten-headers.js'
export { describeLambda } from './lambda.js'
export type { LambdaEvent, LambdaOptions } from './lambda.js'
export { describeFakeAuth } from './fake-auth.js'
export { describeShadow } from './shadow.js'
export type { ShadowServer, StartedShadowServer } from './shadow.js'
