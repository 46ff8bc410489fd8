import type { OpenApiPaths, OpenApiSecurityOptions } from '@acme/auth-core/openapi'

import type { SampleSettings } from './settings.js'

/** An OpenAPI document that says nothing of security yet. */
export interface SampleDocument {
  readonly openapi: '3.1.0'
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly paths: OpenApiPaths
}

/** What `/openapi.json` says beside what the guards say. */
export function describeApi(paths: OpenApiPaths): SampleDocument {
  const description = 'Accepts access tokens as Bearer (RFC 6750) and DPoP-bound (RFC 9449) tokens'
  return { openapi: '3.1.0', info: { title: 'Sample API', version: '1.0.0', description }, paths }
}

/** Where tokens come from: at Auth0's paths, which the local tenant has too. */
export function openApiOptions({ auth }: SampleSettings): OpenApiSecurityOptions {
  const { issuer = `https://${auth.domain ?? ''}/`, dpop, tenants } = auth
  const mode = dpop?.mode === undefined ? {} : { dpop: dpop.mode }
  // The document is one for all tenants.
  if (tenants !== undefined) return mode
  const base = issuer.endsWith('/') ? issuer : `${issuer}/`
  const oauth = { authorizationUrl: `${base}authorize`, tokenUrl: `${base}oauth/token`, scopes: SCOPES }
  return { oauth, ...mode }
}

const SCOPES = {
  'read:messages': 'Read messages',
  'delete:data': 'Delete data',
  'admin:access': 'Act as an administrator',
}
