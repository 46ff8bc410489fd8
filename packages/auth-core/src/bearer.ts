// The entry for Bearer tokens alone, for where each kilobyte counts: without DPoP, what it needs to know of URLs, and
// issuers that a function looks up.
import { DEFAULT_SHAPE } from './access-token/claim-mapping.js'
import { assemble } from './assemble.js'
import type { OptionalParts, ResourceServerDependencies } from './assemble.js'
import { optional, requirements } from './authorization/basic-requirements.js'
import { audienceOf } from './issuer/audience-list.js'
import { configurationError } from './options/option-checks.js'
import type { AuthOptions } from './options/auth-options.js'
import { optionsFromVariables } from './options/variables.js'
import type { Environment } from './options/variables.js'
import { processEnvironment } from './util/process-environment.js'
import { judge } from './resource-server.js'
import { isPlainObject } from './util/json.js'
import type { BearerResourceServer } from './resource-server-types.js'

export { optional, requirements } from './authorization/basic-requirements.js'
export { onceForEqual } from './options/equal-options.js'
export { AuthError, isAuthError } from './outcome/errors.js'
export { markGuard, publicMark } from './policy/guard-mark.js'
export { asFault } from './outcome/fault.js'
export type { BearerResourceServer } from './resource-server-types.js'

/**
 * {@link AuthOptions} that need neither DPoP, certificates, URLs of requests, a cache of tokens, opaque ones, nor a function
 * that looks issuers up.
 */
export interface BearerOptions extends Omit<
  AuthOptions,
  | 'claims'
  | 'connections'
  | 'dpop'
  | 'formatRefusal'
  | 'mtls'
  | 'onBehalfOf'
  | 'opaqueTokens'
  | 'profile'
  | 'publicOrigins'
  | 'publicUrl'
  | 'resourceMetadata'
  | 'revocation'
  | 'scopeHierarchy'
  | 'shadow'
  | 'tenants'
  | 'tokenCache'
  | 'traces'
> {
  readonly issuers?: Exclude<AuthOptions['issuers'], (...args: never) => unknown>
  /** Nothing else: for the others see `createResourceServer` of `@acme/auth-core`. @defaultValue { mode: 'disabled' } */
  readonly dpop?: { readonly mode: 'disabled' }
}

const DISABLED = {
  mode: 'disabled',
  proofMaxAge: 0,
  clockTolerance: 0,
  algorithms: [],
  replay: false,
  nonce: undefined,
  proofErrorStatus: 400,
} as const

const BEARER_ALONE: OptionalParts = {
  options: {
    profile: undefined,
    readProofOptions({ dpop, ...urls }) {
      const disabled = isPlainObject(dpop) && Object.keys(dpop).join() === 'mode' && dpop['mode'] === 'disabled'
      if (dpop !== undefined && !disabled) throw wantsAll('dpop', dpop, "{ mode: 'disabled' }")
      refuseOthers('', urls)
      return { dpop: DISABLED, publicOrigins: [], publicUrl: undefined }
    },
    readScopeHierarchy: none,
    readResourceMetadata(given, name) {
      refuseOthers('', { [name]: given })
      return []
    },
    readMtls: none,
    readConnections: none,
    readRevocation(given, name) {
      refuseOthers('', { [name]: given })
      return []
    },
    readOnBehalfOf: none,
    readShadow: none,
    readTraces: none,
    readClaims: none,
    readIssuerForm: {
      tokens(path, { audience, preset, audienceFrom, tenants, claims, machine, accessToken }, fallback) {
        refuseOthers(path, { preset, audienceFrom, tenants, claims, machine, accessToken })
        const own = audienceOf(path, audience, fallback)
        return {
          audience: own,
          audienceFrom: undefined,
          tenants: undefined,
          shape: DEFAULT_SHAPE,
          requireClaims: undefined,
        }
      },
      insecureHosts(name, given) {
        refuseOthers('', { [name]: given })
        return []
      },
    },
  },
  // Never called: in this mode no credentials of the scheme DPoP get as far. Rejects, so that nothing passes.
  proofVerifier: () => () => Promise.reject(new Error('DPoP proofs cannot be verified here')),
  resolvedIssuers: () => {
    throw wantsAll('issuers', 'a function', 'a list')
  },
  demands: { requirements, optional },
  // Nothing is logged but by onEvent.
  logs: undefined,
  fakeCaller: undefined,
  formattedBody: undefined,
  explain: undefined,
  resources: undefined,
  certificates: undefined,
  revocation: undefined,
  connections: undefined,
  onBehalfOf: undefined,
  opaqueTokens: undefined,
  tokenCache: undefined,
  shadow: undefined,
}

/** Reads an option that there is not. @throws {TypeError} for one that is given */
function none(given: unknown, name: string): undefined {
  refuseOthers('', { [name]: given })
  return undefined
}

/** @throws {TypeError} for an option that is given */
function refuseOthers(path: string, options: object): void {
  for (const [name, given] of Object.entries(options)) {
    if (given !== undefined) throw wantsAll(path + name, given, 'none')
  }
}

/**
 * `createResourceServer` for Bearer tokens alone, at about half the size: `dpop.mode` is `disabled`, bound tokens are
 * refused, and issuers are known from the start.
 *
 * @throws {TypeError} that names the option, what was given and what is wanted
 * @example
 * ```ts
 * import { createBearerResourceServer } from '@acme/auth-core/bearer'
 *
 * const resourceServer = createBearerResourceServer({
 *   issuer: 'https://tenant.example.com/',
 *   audience: 'https://api.example.com',
 * })
 * const mayRead = resourceServer.requirements('read:messages')
 * ```
 */
export function createBearerResourceServer(
  options: BearerOptions,
  dependencies: Pick<ResourceServerDependencies, 'now'> = {},
): BearerResourceServer {
  const { tokenCache, formatRefusal, opaqueTokens, profile }: AuthOptions = { ...options }
  const cache = tokenCache === false ? undefined : tokenCache
  refuseOthers('', { formatRefusal, opaqueTokens, profile, tokenCache: cache })
  return judge(assemble(options, dependencies, BEARER_ALONE))
}

function wantsAll(name: string, given: unknown, wanted: string): TypeError {
  return configurationError(name, given, `${wanted} with createBearerResourceServer; createResourceServer takes both`)
}

/**
 * {@link BearerOptions} from `AUTH0_DOMAIN` or `AUTH0_ISSUER` and `AUTH0_AUDIENCE` (alias `AUTH0_API_AUDIENCE`).
 *
 * @param environment - the variables. @defaultValue those of the process
 * @param given - options that win: the environment is asked for the issuer and the audience where they lack them
 * @throws {TypeError} that names all variables that are missing, with example values, and those that are wrong
 * @example
 * ```ts
 * import { bearerOptionsFromEnvironment, createBearerResourceServer } from '@acme/auth-core/bearer'
 *
 * const resourceServer = createBearerResourceServer(bearerOptionsFromEnvironment())
 * ```
 */
export function bearerOptionsFromEnvironment(
  environment: Environment = processEnvironment(),
  given: BearerOptions = {},
): BearerOptions {
  // Of DPoP it adds the mode of AUTH0_DPOP, which is held against the only one that there is.
  return optionsFromVariables(environment, given, () => []) as BearerOptions
}
