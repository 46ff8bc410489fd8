import { requireIssuerClaims } from '../access-token/issuer-claims.js'
import { audienceOf } from './audience-list.js'
import { resolveAudienceFrom } from './audience-options.js'
import { insecureHostList } from './insecure-hosts.js'
import type { IssuerFormReader, TokenForm } from './resolve-issuers.js'
import { resolvePreset, resolveShape } from './shape-options.js'
import { resolveTenants } from './tenants.js'

/** Reads all options about the form of an issuer's tokens and URLs. */
export const readIssuerForm: IssuerFormReader = { tokens: readTokenForm, insecureHosts: insecureHostList }

function readTokenForm(...[path, options, fallback]: Parameters<IssuerFormReader['tokens']>): TokenForm {
  const preset = resolvePreset(path, options['preset'])
  const audienceFrom = resolveAudienceFrom(path, options['audienceFrom'], preset?.standIn)
  const audience = audienceOf(path, options['audience'], audienceFrom === undefined ? fallback : (fallback ?? []))
  const tenants = resolveTenants(path, options.issuer, options['tenants'])
  const shape = resolveShape(path, options, audience)
  const demands = shape.accessToken.length > 0 || audienceFrom !== undefined || tenants !== undefined
  return { audience, audienceFrom, tenants, shape, requireClaims: demands ? requireIssuerClaims : undefined }
}
