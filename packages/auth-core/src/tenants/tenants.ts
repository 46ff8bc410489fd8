import type { Judging, Tenants, TenantsPolicy } from '../assemble.js'
import { acceptedSchemes } from '../dpop/mode.js'
import type { DpopMode } from '../dpop/mode.js'
import { createLookUps } from '../issuer/look-ups.js'
import { whenFetched } from '../issuer/resolved-issuers.js'
import { listedIssuers } from '../issuer/trusted-issuers.js'
import type { IssuersPolicy, TrustedIssuers } from '../issuer/trusted-issuers-types.js'
import type { Settings } from '../options/options.js'
import { createRefusals } from '../outcome/challenge.js'
import { createPublicUrl } from '../public-url/public-url.js'
import { createRequestMemo } from '../request/request-memo.js'
import { isPending } from '../util/maybe-promise.js'
import type { MaybePromise } from '../util/maybe-promise.js'
import { quote } from '../util/quote.js'
import { lookUpTenant, tenantName } from './look-up-tenant.js'
import { MAX_NAME, tenantRequest } from './tenant-request.js'
import type { Tenant, TenantSettings } from './tenant-types.js'

/** A tenant, its key sets, and what its requests are decided by. */
interface HeldTenant {
  readonly tenant: Tenant
  readonly issuers: TrustedIssuers
  readonly judging: Judging
}

/** The held tenants: those of a list, or those that a function has looked up. */
interface Directory {
  select(name: string): MaybePromise<HeldTenant | undefined>
  readonly configured: readonly HeldTenant[]
  known(): readonly HeldTenant[]
  forget(selected: (held: HeldTenant) => boolean): void
}

/**
 * Decides each request by its tenant alone. What is told apart is told apart by construction: each tenant has a list of
 * issuers, key sets and remembered callers of its own. What tenants share cannot answer for another one: a remembered
 * token counts only with the very issuer settings, of one tenant, that it was verified by, and a used proof refuses.
 */
export function createTenants(settings: Settings, shared: TenantsPolicy): Tenants | undefined {
  const { tenants } = settings
  if (tenants === undefined) return undefined
  const urlOf = createPublicUrl(settings.publicOrigins, settings.onEvent, settings.publicUrl)
  const judgingOf = createJudging(settings, shared)
  const make = (tenant: Tenant, policy: IssuersPolicy): HeldTenant => {
    const issuers = listedIssuers(new Map(tenant.issuers.map((trusted) => [trusted.issuer, trusted])), policy)
    return { tenant, issuers, judging: judgingOf(tenant, issuers) }
  }
  const directory =
    tenants.listed === undefined
      ? lookedUp(tenants, shared.issuers, make)
      : ofList(tenants.listed, (tenant) => make(tenant, shared.issuers))

  return {
    issuers: allIssuers(directory),
    judging(request, wanted) {
      const name = tenantName(tenants.of, tenantRequest(request, urlOf))
      const found = name === undefined ? undefined : directory.select(name)
      const finish = (held: HeldTenant | undefined): Judging =>
        held === undefined ? unknownTenant(name, shared, judgingOf) : forRoute(held.judging, wanted.dpopRequired)
      return isPending(found) ? found.then(finish) : finish(found)
    },
  }
}

/** A route that requires DPoP requires it of the tenants, too, that do without elsewhere. */
function forRoute(judging: Judging, dpopRequired: boolean): Judging {
  if (!dpopRequired || judging.decisions.mode !== 'disabled') return judging
  return { ...judging, decisions: { ...judging.decisions, mode: 'required' } }
}

type JudgingOf = (tenant: Pick<Tenant, 'id' | 'mode'>, issuers: TrustedIssuers) => Judging

function createJudging(settings: Settings, { decisions, bodyOf }: TenantsPolicy): JudgingOf {
  const refusals = new Map<DpopMode, Judging['refusals']>()
  function refusalsOf(mode: DpopMode): Judging['refusals'] {
    const made = refusals.get(mode) ?? createRefusals({ ...settings, schemes: acceptedSchemes(mode, false) }, bodyOf)
    refusals.set(mode, made)
    return made
  }
  const { token } = decisions
  return ({ id, mode }, issuers) => ({
    decisions: {
      ...decisions,
      mode,
      tenant: id,
      token: { ...token, issuers, explain: explained(token.explain, ` of tenant ${quote(id)}`) },
      callers: createRequestMemo(),
    },
    refusals: refusalsOf(mode),
  })
}

type Explain = TenantsPolicy['decisions']['token']['explain']

/** Says of a token whose issuer is not trusted which tenant the request is for: it may be a token of another. */
function explained(explain: Explain, said: string): Explain {
  return explain && { ...explain, issuer: (iss, issuers) => said + explain.issuer(iss, issuers) }
}

/**
 * A host that is nobody's trusts no issuer: its tokens are refused with 401, without any fetch, as those of an issuer that
 * is not listed are. Not 404: whether the resource exists is for the application to say, and routes that need no token
 * work on.
 */
function unknownTenant(name: string | undefined, shared: TenantsPolicy, judgingOf: JudgingOf): Judging {
  const { decisions, refusals } = judgingOf({ id: '', mode: shared.decisions.mode }, shared.decisions.token.issuers)
  const said = name === undefined ? '; the request names no tenant' : `; there is no tenant ${quote(name)}`
  const token = { ...decisions.token, explain: explained(shared.decisions.token.explain, said) }
  return { decisions: { ...decisions, tenant: undefined, token }, refusals }
}

function ofList(listed: ReadonlyMap<string, Tenant>, make: (tenant: Tenant) => HeldTenant): Directory {
  const held = new Map([...listed].map(([id, tenant]) => [id, make(tenant)]))
  const all = [...held.values()]
  return { select: (id) => held.get(id), configured: all, known: () => all, forget: () => undefined }
}

function lookedUp(
  settings: TenantSettings,
  policy: IssuersPolicy,
  make: (tenant: Tenant, policy: IssuersPolicy) => HeldTenant,
): Directory {
  // Once, as tenants come and go.
  let warned = false
  const warn: IssuersPolicy['warn'] = (event) => {
    if (!warned) policy.warn(event)
    warned = true
  }
  const lookUps = createLookUps<Tenant, HeldTenant>({
    now: policy.now,
    isName: (name) => name.length <= MAX_NAME,
    ask: (name) => lookUpTenant(settings, name, policy.timeout),
    make: (tenant, onFetched) => make(tenant, { ...whenFetched(policy, onFetched), warn }),
    settingsOf: ({ tenant }) => tenant,
    hasKeys: ({ issuers }) => issuers.every(({ jwks }) => jwks !== undefined),
    countKeys: ({ issuers }) => issuers.configured().reduce((sum, { keySet }) => sum + keySet.status().keys, 0),
  })
  return { ...lookUps, configured: [] }
}

/** The issuers of all tenants, for `preload()`, `ready()`, `issuerStatus()` and `invalidate()`: never to select one. */
function allIssuers(directory: Directory): TrustedIssuers {
  return {
    select: () => undefined,
    configured: () => directory.configured.flatMap(({ issuers }) => issuers.configured()),
    known: (issuer) => directory.known().flatMap(({ issuers }) => issuers.known(issuer)),
    forget: (issuer) => directory.forget(({ issuers }) => issuers.known(issuer).length > 0),
  }
}

/** With tenants, a token alone does not tell which one it is for. */
export function needsRequest(): Promise<never> {
  return Promise.reject(
    new TypeError('verifyAccessToken: with tenants a token is verified with its request, see verifyRequest'),
  )
}
