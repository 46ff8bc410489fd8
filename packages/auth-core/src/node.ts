// The adapter kit: for adapters of frameworks on Node's HTTP server, and for upgrade handlers.
export { answerHeaders } from './node/answer-headers.js'
export { nodeResourceRequest } from './node/node-request.js'
export type { NodeHeaders, NodeRequest, NodeRequestOptions, NodeSocket } from './node/node-request.js'
export { frameworkResourceRequest, warnOfIgnoredHops } from './node/framework-request.js'
export type { FastifyProxyRequest, FrameworkRequest } from './node/framework-request.js'
export { compileTrustProxy, countTrusted, refuseTrustProxy } from './node/trust-proxy.js'
export type { TrustFunction, TrustProxy } from './node/trust-proxy.js'
