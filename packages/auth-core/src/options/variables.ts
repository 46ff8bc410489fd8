import { audienceList } from '../issuer/audience-list.js'
import { issuerName } from '../issuer/resolve-issuers.js'
import type { AuthOptions } from './auth-options.js'
import type { DpopMode } from '../dpop/mode.js'
import type { DpopOptions } from './dpop-options.js'
import { configurationError } from './option-checks.js'
import { isPlainObject } from '../util/json.js'

/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Which variables were probably meant to be one of some names, as sentences. */
export type Hints = (names: readonly string[]) => readonly string[]

/** What variables say. */
type FromVariables = Pick<AuthOptions, 'domain' | 'issuer' | 'audience'>

const MODES: readonly DpopMode[] = ['allowed', 'required', 'disabled']

const ISSUER = {
  names: ['AUTH0_DOMAIN', 'AUTH0_ISSUER'],
  problem:
    'AUTH0_DOMAIN is not set: want the tenant domain, such as tenant.auth0.com; for any other issuer set AUTH0_ISSUER, such as https://issuer.example.com/',
}
const AUDIENCE = {
  names: ['AUTH0_AUDIENCE', 'AUTH0_API_AUDIENCE'],
  problem: 'AUTH0_AUDIENCE is not set: want the identifier of this API, such as https://api.example.com',
}

/** Options, with what they lack from variables. @throws {TypeError} that names all variables that are missing */
export function optionsFromVariables(
  environment: Environment,
  given: AuthOptions,
  hints: Hints,
  refuse?: (found: AuthOptions) => void,
): AuthOptions {
  const isObject: boolean = isPlainObject(given)
  // For the check of the options to refuse, by name.
  if (!isObject) return given
  const several = given.issuers ?? given.tenants
  const needsIssuer = given.domain === undefined && given.issuer === undefined && several === undefined
  const found: FromVariables = {
    ...(needsIssuer && issuerFrom(environment)),
    ...(given.audience === undefined && audienceFrom(environment)),
  }
  const options = { ...given, ...found, ...dpopFrom(environment, given.dpop, hints) }
  const missing = [
    ...(needsIssuer && found.domain === undefined && found.issuer === undefined ? [ISSUER] : []),
    // Tenants, and issuers of a list, may each have an audience of their own.
    ...(options.audience === undefined && several === undefined ? [AUDIENCE] : []),
  ]
  if (missing.length > 0)
    throw new TypeError(missing.flatMap(({ problem, names }) => [problem, ...hints(names)]).join('; '))
  validate(found, refuse)
  return options
}

/** Bad values show here, under the names of the variables: the developer set no option. */
function validate(found: FromVariables, refuse?: (found: AuthOptions) => void): void {
  try {
    refuse?.(found)
    if (found.audience !== undefined) audienceList('audience', found.audience)
    if (found.domain !== undefined || found.issuer !== undefined) issuerName('', found, [])
  } catch (error) {
    if (error instanceof TypeError) error.message = error.message.replace(/^\w+/, variableOf)
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
  return domain === undefined ? {} : { domain }
}

function audienceFrom(environment: Environment): Pick<AuthOptions, 'audience'> {
  const audience = read(environment, 'AUTH0_AUDIENCE')
  const alias = read(environment, 'AUTH0_API_AUDIENCE')
  if (audience !== undefined && alias !== undefined && audience !== alias) {
    throw new TypeError('AUTH0_AUDIENCE and AUTH0_API_AUDIENCE differ: keep one of them')
  }
  const value = audience ?? alias
  return value === undefined ? {} : { audience: value }
}

/** The mode, unless the options have one. */
function dpopFrom(environment: Environment, given: DpopOptions | undefined, hints: Hints): Pick<AuthOptions, 'dpop'> {
  const isObject: boolean = isPlainObject(given)
  if (given !== undefined && (!isObject || given.mode !== undefined)) return {}
  const value = read(environment, 'AUTH0_DPOP')
  const [hint] = value === undefined ? hints(['AUTH0_DPOP']) : []
  // A mode under another name would leave DPoP as it is by default.
  if (hint !== undefined) throw new TypeError(`AUTH0_DPOP is not set: want ${MODES.join(', ')} or none; ${hint}`)
  if (value === undefined) return {}
  const mode = MODES.find((one) => one === value)
  if (mode === undefined) throw configurationError('AUTH0_DPOP', value, 'allowed, required or disabled')
  return { dpop: { ...given, mode } }
}

/** A variable that is set but empty counts as not set, as shells and compose files produce it. */
function read(environment: Environment, name: string): string | undefined {
  const value: unknown = environment[name]
  // Where the environment is that of a Worker, bindings to services stand beside the variables.
  const text = typeof value === 'string' ? value.trim() : ''
  return text === '' ? undefined : text
}
