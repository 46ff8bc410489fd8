import { configurationError, rejectUndefined, rejectUnknownNames } from '../options/option-checks.js'
import { words } from '../authorization/requirement-words.js'
import { isPlainObject } from '../util/json.js'
import { isSecure, plainUrl } from '../util/url.js'
import { signingAlgorithm } from './sign-metadata.js'
import type { SigningKey, WebCryptoKey } from './sign-metadata.js'

/** A protected resource, as it is described to clients (RFC 9728 §2). */
export interface ResourceMetadataOptions {
  /** Its identifier: the URL that clients address, such as `https://api.example.com/mcp`. Without query and fragment. */
  readonly resource: string
  /** Issuers whose tokens it accepts. @defaultValue the issuers that are configured */
  readonly authorizationServers?: readonly string[]
  /** @defaultValue the scopes that guards of this resource server ask for */
  readonly scopesSupported?: string | readonly string[]
  /** For people. */
  readonly name?: string
  /** The URL of a page for developers. */
  readonly documentation?: string
  /** The URL of a page that says how data may be used. */
  readonly policyUri?: string
  /** The URL of the terms of service. */
  readonly tosUri?: string
  /**
   * A private key that the metadata is signed with, as `signed_metadata` (RFC 9728 §2.2), by the resource itself: `iss` is
   * its identifier. Of ECDSA, RSASSA-PKCS1-v1_5, RSA-PSS or Ed25519, for `sign`.
   */
  readonly signingKey?: WebCryptoKey | { readonly key: WebCryptoKey; readonly kid: string }
}

/** One resource, read. */
export interface ResourceSettings {
  readonly resource: string
  /** Its host, with a port that is not the default one, in lower case. */
  readonly host: string
  /** Its path: empty for the root. */
  readonly path: string
  /** Where its metadata is: the well-known path is inserted before its own (RFC 9728 §3.1). */
  readonly metadataPath: string
  readonly metadataUrl: string
  readonly authorizationServers: readonly string[] | undefined
  readonly scopesSupported: readonly string[] | undefined
  readonly forPeople: Readonly<Record<string, string>>
  readonly signing: SigningKey | undefined
}

/** RFC 9728 §3. */
export const WELL_KNOWN = '/.well-known/oauth-protected-resource'

const NAMES = [
  'resource',
  'authorizationServers',
  'scopesSupported',
  'name',
  'documentation',
  'policyUri',
  'tosUri',
  'signingKey',
]

/** @throws {TypeError} that names the option, what was given and what is wanted */
export function readResourceMetadata(given: unknown, name: string): readonly ResourceSettings[] {
  if (given === undefined) return []
  const list: readonly unknown[] = Array.isArray(given) ? given : [given]
  if (list.length === 0)
    throw configurationError(name, given, "an object such as { resource: 'https://api.example.com' }")
  const resources = list.map((one) => readResource(one, name))
  const twice = resources.find(
    ({ metadataUrl }, index) => resources.findIndex((one) => one.metadataUrl === metadataUrl) < index,
  )
  if (twice !== undefined) throw configurationError(`${name}.resource`, twice.resource, 'each resource once')
  return Object.freeze(resources)
}

function readResource(given: unknown, name: string): ResourceSettings {
  if (!isPlainObject(given))
    throw configurationError(name, given, "an object such as { resource: 'https://api.example.com' }")
  rejectUnknownNames(name, given, NAMES)
  rejectUndefined(`${name}.`, given)
  const { resource, scopesSupported, authorizationServers, signingKey } = given
  const url = requireUrl(`${name}.resource`, resource)
  if (url.search !== '') throw configurationError(`${name}.resource`, resource, 'a URL without a query')
  const path = url.pathname === '/' ? '' : url.pathname
  const metadataPath = WELL_KNOWN + path
  return Object.freeze({
    resource: String(resource),
    host: url.host,
    path,
    metadataPath,
    metadataUrl: url.origin + metadataPath,
    authorizationServers: readServers(`${name}.authorizationServers`, authorizationServers),
    scopesSupported: scopesSupported === undefined ? undefined : words(`${name}.scopesSupported`, scopesSupported),
    forPeople: readForPeople(name, given),
    signing: signingKey === undefined ? undefined : readSigningKey(`${name}.signingKey`, signingKey),
  })
}

function readServers(name: string, given: unknown): readonly string[] | undefined {
  if (given === undefined) return undefined
  if (!Array.isArray(given) || given.length === 0) throw configurationError(name, given, 'a list of issuers')
  for (const server of given as readonly unknown[]) requireUrl(name, server)
  return Object.freeze([...(given as readonly string[])]) // just checked
}

function readForPeople(name: string, given: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const found: Record<string, string> = {}
  if (given['name'] !== undefined) {
    if (typeof given['name'] !== 'string') throw configurationError(`${name}.name`, given['name'], 'text')
    found['resource_name'] = given['name']
  }
  for (const [option, member] of [
    ['documentation', 'resource_documentation'],
    ['policyUri', 'resource_policy_uri'],
    ['tosUri', 'resource_tos_uri'],
  ] as const) {
    if (given[option] !== undefined) found[member] = requireUrl(`${name}.${option}`, given[option]).href
  }
  return Object.freeze(found)
}

/** RFC 9728 §2: https without fragment; http on loopback hosts, where traffic never leaves the machine. */
function requireUrl(name: string, given: unknown): URL {
  const url = plainUrl(given)
  // As it is quoted in a challenge.
  const fits = url !== undefined && url.hash === '' && isSecure(url) && !/["\\]/.test(String(given))
  if (!fits) throw configurationError(name, given, 'an https URL without a fragment; http is for loopback hosts only')
  return url
}

function readSigningKey(name: string, given: unknown): SigningKey {
  const { key, kid } = isPlainObject(given) ? given : { key: given, kid: undefined }
  const valid = kid === undefined || (typeof kid === 'string' && kid !== '')
  if (valid && key instanceof CryptoKey && key.type === 'private' && key.usages.includes('sign')) {
    const alg = signingAlgorithm(key)
    if (alg !== undefined) return Object.freeze({ key, kid, alg })
  }
  throw new TypeError(`${name}: want a private CryptoKey of ECDSA, RSA or Ed25519 that may sign, or { key, kid }`)
}
