/** The injection token of the `ResourceServer`. */
export const RESOURCE_SERVER: unique symbol = Symbol('@acme/auth-nestjs.resource-server')
