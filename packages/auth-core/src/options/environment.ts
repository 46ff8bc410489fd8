import { resolveOptions } from './options.js'
import type { AuthOptions } from './options.js'
import type { DpopMode } from '../dpop/mode.js'
import { createResourceServer } from '../resource-server.js'
import type { ResourceServer } from '../resource-server-types.js'
import { configurationError } from './option-checks.js'

type Environment = Readonly<Record<string, string | undefined>>

const MODES: readonly DpopMode[] = ['allowed', 'required', 'disabled']

/**
 * Options from `AUTH0_DOMAIN` or `AUTH0_ISSUER`, `AUTH0_AUDIENCE` (alias `AUTH0_API_AUDIENCE`) and `AUTH0_DPOP`.
 *
 * @throws {TypeError} that names the variable and an example value.
 * @example
 * ```ts
 * import { createResourceServer, optionsFromEnvironment } from '@acme/auth-core'
 *
 * const resourceServer = createResourceServer({ ...optionsFromEnvironment(), realm: 'messages' })
 * ```
 */
export function optionsFromEnvironment(environment: Environment = processEnvironment()): AuthOptions {
  const options = {
    ...issuerFrom(environment),
    audience: audienceFrom(environment),
    dpop: { mode: modeFrom(environment) },
  }
  validate(options)
  return options
}

/** Bad values show here, under the names of the variables: the developer set no option. */
function validate(options: AuthOptions): void {
  try {
    resolveOptions(options)
  } catch (error) {
    if (error instanceof TypeError) error.message = error.message.replace(/^(domain|issuer|audience)\b/, variableOf)
    throw error
  }
}

function variableOf(option: string): string {
  return `AUTH0_${option.toUpperCase()}`
}

function issuerFrom(environment: Environment): Pick<AuthOptions, 'domain' | 'issuer'> {
  const domain = read(environment, 'AUTH0_DOMAIN')
  const issuer = read(environment, 'AUTH0_ISSUER')
  if (domain !== undefined && issuer !== undefined) {
    throw new TypeError(
      'AUTH0_DOMAIN and AUTH0_ISSUER are both set: keep AUTH0_DOMAIN for Auth0, AUTH0_ISSUER for any other issuer',
    )
  }
  if (issuer !== undefined) return { issuer }
  if (domain !== undefined) return { domain }
  throw new TypeError(
    'AUTH0_DOMAIN is not set: want the tenant domain, such as tenant.auth0.com; for any other issuer set AUTH0_ISSUER, such as https://issuer.example.com/',
  )
}

function audienceFrom(environment: Environment): string {
  const audience = read(environment, 'AUTH0_AUDIENCE')
  const alias = read(environment, 'AUTH0_API_AUDIENCE')
  if (audience !== undefined && alias !== undefined && audience !== alias) {
    throw new TypeError('AUTH0_AUDIENCE and AUTH0_API_AUDIENCE differ: keep one of them')
  }
  const value = audience ?? alias
  if (value === undefined)
    throw new TypeError('AUTH0_AUDIENCE is not set: want the identifier of this API, such as https://api.example.com')
  return value
}

function modeFrom(environment: Environment): DpopMode {
  const value = read(environment, 'AUTH0_DPOP')
  if (value === undefined) return 'allowed'
  const mode = MODES.find((one) => one === value)
  if (mode === undefined) throw configurationError('AUTH0_DPOP', value, 'allowed, required or disabled')
  return mode
}

/** A variable that is set but empty counts as not set, as shells and compose files produce it. */
function read(environment: Environment, name: string): string | undefined {
  const value = environment[name]?.trim()
  return value === '' ? undefined : value
}

function processEnvironment(): Environment {
  // Not every runtime has `process`; where there is none, the error names the missing variable.
  const { process } = globalThis as { process?: { env?: Environment } } // optional on purpose
  return process?.env ?? {}
}

let shared: { readonly key: string; readonly server: ResourceServer } | undefined

/**
 * The resource server that guards without options share: one key cache and one replay store for all of them.
 *
 * @throws {TypeError} when the environment lacks a setting or has a bad one.
 * @example
 * ```ts
 * import { environmentResourceServer } from '@acme/auth-core'
 *
 * // AUTH0_DOMAIN or AUTH0_ISSUER, AUTH0_AUDIENCE, AUTH0_DPOP
 * const resourceServer = environmentResourceServer()
 * const mayRead = resourceServer.requirements('read:messages')
 * ```
 */
export function environmentResourceServer(): ResourceServer {
  const options = optionsFromEnvironment()
  const key = JSON.stringify(options)
  if (shared?.key !== key) shared = { key, server: createResourceServer(options) }
  return shared.server
}
