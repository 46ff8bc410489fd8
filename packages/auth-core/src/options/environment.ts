import { createResourceServer } from '../resource-server.js'
import type { ResourceServer } from '../resource-server-types.js'
import { processEnvironment } from '../util/process-environment.js'
import { nearMisses } from './near-misses.js'
import { configurationError } from './option-checks.js'
import { refuseSuspicious } from './suspicious-options.js'
import type { AuthOptions } from './auth-options.js'
import { optionsFromVariables } from './variables.js'
import type { Environment } from './variables.js'

/**
 * Options from `AUTH0_DOMAIN` or `AUTH0_ISSUER`, `AUTH0_AUDIENCE` (alias `AUTH0_API_AUDIENCE`) and `AUTH0_DPOP`.
 *
 * @param environment - the variables. @defaultValue those of the process
 * @param given - options that win: the environment is asked for the issuer, the audience and the mode that they lack
 * @throws {TypeError} that names all variables that are missing, with example values, and those that are wrong
 * @example
 * ```ts
 * import { createResourceServer, optionsFromEnvironment } from '@acme/auth-core'
 *
 * const resourceServer = createResourceServer({ ...optionsFromEnvironment(), realm: 'messages' })
 * ```
 */
export function optionsFromEnvironment(
  environment: Environment = processEnvironment(),
  given: AuthOptions = {},
): AuthOptions {
  return optionsFromVariables(environment, given, (names) => nearMisses(environment, names), refuseSuspicious)
}

let shared: { readonly key: string; readonly server: ResourceServer } | undefined

/**
 * A resource server by options, and by the environment where they lack the issuer, the audience or the mode. Guards
 * without options share one: one key cache and one replay store for all of them.
 *
 * @throws {TypeError} when the environment lacks a setting or has a bad one, and that names the option that is bad
 * @example
 * ```ts
 * import { environmentResourceServer } from '@acme/auth-core'
 *
 * // AUTH0_DOMAIN or AUTH0_ISSUER, AUTH0_AUDIENCE, AUTH0_DPOP
 * const resourceServer = environmentResourceServer()
 * const mayRead = resourceServer.requirements('read:messages')
 * ```
 */
export function environmentResourceServer(...given: readonly [] | readonly [options: AuthOptions]): ResourceServer {
  if (given.length > 0) {
    const [one] = given
    // Options that are there and undefined were meant to say something: the environment may demand less.
    if (one === undefined) throw configurationError('options', one, 'a plain object, or no argument')
    return createResourceServer(optionsFromEnvironment(undefined, one))
  }
  const options = optionsFromEnvironment()
  const key = JSON.stringify(options)
  if (shared?.key !== key) shared = { key, server: createResourceServer(options) }
  return shared.server
}
