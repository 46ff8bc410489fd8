import type { AuthOptions } from '@acme/auth-core'
import type { Context } from 'hono'

/** Options that lack what the environment would give them: the issuer or the audience. */
export function lacksSettings({ domain, issuer, issuers, tenants, audience }: AuthOptions): boolean {
  if (issuers !== undefined || tenants !== undefined) return false
  return (domain === undefined && issuer === undefined) || audience === undefined
}

/**
 * Whether variables come with requests only, as `c.env`: in Cloudflare Workers, unless `nodejs_compat` has put them
 * into `process.env`.
 */
export function comesWithRequests(): boolean {
  // Neither is there everywhere.
  const { navigator, process } = globalThis as {
    navigator?: { readonly userAgent?: unknown }
    process?: { readonly env?: Readonly<Record<string, unknown>> }
  }
  if (navigator?.userAgent !== 'Cloudflare-Workers') return false
  return !Object.keys(process?.env ?? {}).some((name) => name.startsWith('AUTH0_'))
}

/** Reads what options lack from variables. @throws {TypeError} that names those that are missing or wrong */
type Complete<Options> = (variables: Variables | undefined, options: Options) => Partial<Options>

type Variables = Readonly<Record<string, string>>

/** Options of a request, completed from its variables where they lack something that those may give. */
export function completed<Options extends AuthOptions>(
  c: Context,
  options: Options,
  complete: Complete<Options>,
  lacks: (options: Options) => boolean = lacksSettings,
): Options {
  if (!lacks(options)) return options
  const variables = comesWithRequests() ? (c.env as Variables) : undefined // whatever else is there is not read
  return { ...options, ...complete(variables, options) }
}

/** There is none before the first request, where its variables come with requests. */
export function noResourceServer(): never {
  throw new TypeError(
    'resourceServer: the variables of a Worker come with requests; want issuer, audience and dpop.mode as options, or createAuth((c) => options).resourceServerOf(c)',
  )
}
