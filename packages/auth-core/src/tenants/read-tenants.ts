import { audienceList } from '../issuer/audience-list.js'
import { readIssuerForm } from '../issuer/issuer-form.js'
import type { TrustedIssuer } from '../issuer/issuer-options.js'
import { requireFetchable } from '../issuer/issuer-resolver.js'
import { resolveIssuer } from '../issuer/resolve-issuers.js'
import type { IssuerDefaults } from '../issuer/resolve-issuers.js'
import type { DpopMode } from '../dpop/mode.js'
import { configurationError, rejectUndefined, rejectUnknownNames, requireObject } from '../options/option-checks.js'
import { oneOf } from '../options/read-options.js'
import { isPlainObject } from '../util/json.js'
import type { Tenant, TenantDefaults, TenantSettings } from './tenant-types.js'

/** Reads the option `tenants`: a list, or two functions. @throws {TypeError} that names the option */
export function readTenants(given: unknown, { publicUrl, ...defaults }: TenantDefaults): TenantSettings | undefined {
  if (given === undefined) return undefined
  const readTenant = tenantReader(defaults)
  if (isPlainObject(given)) return byRequest(given, readTenant)
  if (!Array.isArray(given) || given.length === 0) {
    throw configurationError('tenants', given, 'a list of tenants, or { of, resolve }')
  }
  // It is the host of every request, so that all would be of one tenant.
  if (publicUrl !== undefined) throw configurationError('publicUrl', publicUrl, 'none with a list of tenants by host')
  return byHost(given, readTenant)
}

type ReadTenant = (path: string, name: string, given: unknown) => Tenant

type Given = Readonly<Record<string, unknown>>

function byRequest(given: Given, readTenant: ReadTenant): TenantSettings {
  rejectUnknownNames('tenants', given, ['of', 'resolve'])
  for (const name of ['of', 'resolve']) {
    if (typeof given[name] !== 'function') throw configurationError(`tenants.${name}`, given[name], 'a function')
  }
  return {
    of: given['of'] as TenantSettings['of'], // just checked; whatever it answers is checked
    resolve: given['resolve'] as TenantSettings['resolve'], // as above
    listed: undefined,
    read(name, answer) {
      const tenant = readTenant('tenants.resolve().', name, answer)
      for (const trusted of tenant.issuers) requireFetchable('tenants.resolve().', trusted)
      return tenant
    },
  }
}

function byHost(list: readonly unknown[], readTenant: ReadTenant): TenantSettings {
  const listed = new Map<string, Tenant>()
  const hosts = new Map<string, string>()
  for (const [index, one] of list.entries()) {
    const path = `tenants[${index}].`
    requireObject(`tenants[${index}]`, one, 'an object such as { id, hosts, issuer, audience }')
    const { hosts: own, ...options } = one as Given // just checked
    const tenant = readTenant(path, '', options)
    if (listed.has(tenant.id)) throw configurationError(`${path}id`, tenant.id, 'each tenant once')
    listed.set(tenant.id, tenant)
    for (const host of hostList(`${path}hosts`, own)) {
      if (hosts.has(host)) throw configurationError(`${path}hosts`, host, 'each host once')
      hosts.set(host, tenant.id)
    }
  }
  const of: TenantSettings['of'] = ({ host }) => (host === undefined ? undefined : hosts.get(host))
  const unused = (): never => {
    throw new TypeError('tenants of a list are not looked up')
  }
  return { of, listed, resolve: unused, read: unused }
}

// A name, or an IPv6 address in brackets; no port, since a tenant is on any.
const HOST = /^(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])$/

function hostList(name: string, given: unknown): readonly string[] {
  const hosts: readonly unknown[] = Array.isArray(given) ? given : []
  const names = hosts.map((one) => (typeof one === 'string' ? one.toLowerCase() : ''))
  if (names.length > 0 && names.every((one) => one.length <= 253 && HOST.test(one))) return [...new Set(names)]
  throw configurationError(name, given, "host names without port, such as ['a.example.com']")
}

const readMode = (mode: DpopMode): ((given: unknown, name: string) => DpopMode) => {
  const read = oneOf('allowed', 'required', 'disabled')
  return (given = mode, name) => read(given, name)
}

function tenantReader({ audience, algorithms, mode }: Omit<TenantDefaults, 'publicUrl'>): ReadTenant {
  const defaults: IssuerDefaults = {
    audience: audience === undefined ? undefined : audienceList('audience', audience),
    algorithms,
    readForm: readIssuerForm,
  }
  const modeOf = readMode(mode)
  return (path, name, given) => {
    requireObject(path.slice(0, -1), given, 'an object such as { issuer, audience }')
    const { id = name, dpop, issuers, ...issuer } = given as Given // just checked
    rejectUndefined(path, given as Given, ['issuer', 'domain', 'jwksUri']) // just checked
    if (typeof id !== 'string' || id === '') throw configurationError(`${path}id`, id, 'text')
    return Object.freeze({
      id,
      issuers: issuersOf(path, issuers, issuer, defaults),
      mode: modeOf(dpop, `${path}dpop`),
    })
  }
}

function issuersOf(path: string, issuers: unknown, single: Given, defaults: IssuerDefaults): readonly TrustedIssuer[] {
  if (issuers === undefined) return Object.freeze([resolveIssuer(path, single, defaults)])
  if (!Array.isArray(issuers) || issuers.length === 0) throw configurationError(`${path}issuers`, issuers, 'a list')
  rejectUnknownNames(path.slice(0, -1), single, ['id', 'hosts', 'dpop', 'issuers', 'audience'])
  const audience =
    single['audience'] === undefined ? defaults.audience : audienceList(`${path}audience`, single['audience'])
  const trusted = issuers.map((one: unknown, at) =>
    resolveIssuer(`${path}issuers[${at}].`, one, { ...defaults, audience }),
  )
  const twin = trusted.find(({ issuer }, at) => trusted.findIndex((other) => other.issuer === issuer) !== at)
  if (twin !== undefined) throw configurationError(`${path}issuers`, twin.issuer, 'each issuer once')
  return Object.freeze(trusted)
}
