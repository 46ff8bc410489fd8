import { nearest } from '../util/nearest.js'
import { quote } from '../util/quote.js'

import type { Environment } from './variables.js'

// What other packages and templates call the same settings.
const ALIASES: Readonly<Record<string, string>> = {
  AUTH0_BASE_URL: 'AUTH0_DOMAIN',
  AUTH0_TENANT: 'AUTH0_DOMAIN',
  AUTH0_TENANT_DOMAIN: 'AUTH0_DOMAIN',
  DOMAIN: 'AUTH0_DOMAIN',
  AUTH0_ISSUER_BASE_URL: 'AUTH0_ISSUER',
  AUTH0_ISSUER_URL: 'AUTH0_ISSUER',
  ISSUER: 'AUTH0_ISSUER',
  ISSUER_BASE_URL: 'AUTH0_ISSUER',
  ISSUER_URL: 'AUTH0_ISSUER',
  OIDC_ISSUER: 'AUTH0_ISSUER',
  API_AUDIENCE: 'AUTH0_AUDIENCE',
  API_IDENTIFIER: 'AUTH0_AUDIENCE',
  AUDIENCE: 'AUTH0_AUDIENCE',
  AUTH0_API_IDENTIFIER: 'AUTH0_AUDIENCE',
  AUTH0_IDENTIFIER: 'AUTH0_AUDIENCE',
  AUTH0_DPOP_MODE: 'AUTH0_DPOP',
}

/** Variables that were probably meant to be one of those names, as sentences. Their values are not told. */
export function nearMisses(environment: Environment, wanted: readonly string[]): readonly string[] {
  return Object.keys(environment)
    .filter((name) => environment[name] !== '' && !wanted.includes(name))
    .map((name) => [name, ALIASES[name.toUpperCase()] ?? misspelt(name)] as const)
    .filter(([, meant]) => meant !== undefined && wanted.includes(meant))
    .map(([name, meant]) => `${quote(name)} is set, did you mean ${meant}?`)
}

const SUFFIXES = ['DOMAIN', 'ISSUER', 'AUDIENCE', 'API_AUDIENCE', 'DPOP']

/** Compares what follows the prefix, since other packages have variables that begin alike. */
function misspelt(name: string): string | undefined {
  const [, suffix] = /^AUTH[0O]?_(.+)$/i.exec(name) ?? []
  const meant = suffix === undefined ? undefined : nearest(suffix, SUFFIXES)
  return meant === undefined || name === `AUTH0_${meant}` ? undefined : `AUTH0_${meant}`
}
