export { introspection } from './introspection.js'
export type { IntrospectionKey, IntrospectionOptions, SigningKey } from './options.js'
