import type { IssuerSettings, ResolverSettings } from '../issuer/issuer-options.js'
import { configurationError } from '../options/option-checks.js'
import type { AuthOptions } from '../options/auth-options.js'
import type { Settings } from '../options/options.js'
import { isPlainObject } from '../util/json.js'
import { PROFILES } from './profiles.js'
import type { ProfileName } from './profiles.js'

/** Options with what the profile sets where they say nothing. What is of no proper form is left for others to refuse. */
export function withProfile(options: AuthOptions): AuthOptions {
  const given: unknown = options
  if (!isPlainObject(given) || !isProfile(given['profile'])) return options
  const filled: Record<string, unknown> = { ...given }
  for (const { option, value } of PROFILES[given['profile']]) fill(filled, option, value(given))
  return filled
}

function fill(options: Record<string, unknown>, path: string, value: unknown): void {
  if (value === undefined) return
  const [name = '', member] = path.split('.')
  if (member === undefined) {
    // Undefined means not given for `audience`; what may not be undefined is refused later.
    if (!(name in options) || (name === 'audience' && options[name] === undefined)) options[name] = value
    return
  }
  const outer = name in options ? options[name] : {}
  if (isPlainObject(outer) && !(member in outer)) options[name] = { ...outer, [member]: value }
}

function isProfile(name: unknown): name is ProfileName {
  return typeof name === 'string' && Object.hasOwn(PROFILES, name)
}

/**
 * Holds settings against their profile, and what a function answers for an issuer too.
 *
 * @throws {TypeError} that names the option, the profile and the clause
 */
export function requireProfile(settings: Settings): Settings {
  const { profile, issuers } = settings
  if (profile === undefined) return settings
  // Each has settings of its own, which are looked up later: a profile that holds for some of them would say too much.
  if (settings.tenants !== undefined) throw configurationError('profile', profile, 'none where there are tenants')
  requireRows(settings, profile)
  const { resolver } = issuers
  if (resolver === undefined) return settings
  return Object.freeze({ ...settings, issuers: { ...issuers, resolver: heldTo(profile, resolver, settings) } })
}

function heldTo(profile: ProfileName, resolver: ResolverSettings, settings: Settings): ResolverSettings {
  return {
    ...resolver,
    read(answer) {
      const trusted = resolver.read(answer)
      const issuers: IssuerSettings = { listed: new Map([[trusted.issuer, trusted]]), resolver: undefined }
      requireRows({ ...settings, issuers }, profile)
      return trusted
    },
  }
}

function requireRows(settings: Settings, profile: ProfileName): void {
  for (const { option, contradiction, wanted, clause } of PROFILES[profile]) {
    const found = contradiction(settings)
    if (found !== undefined) throw configurationError(option, found, `${wanted} with profile '${profile}' (${clause})`)
  }
}
