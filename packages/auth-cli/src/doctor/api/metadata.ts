import { parseChallenges } from '@acme/auth-client'

import { findingsOf } from '../finding.js'
import type { Finding } from '../finding.js'
import { jsonOf } from '../../http.js'
import type { HttpAnswer } from '../../http.js'
import type { Api } from './api.js'

const { pass, fail, warn } = findingsOf('api')

const WELL_KNOWN = '/.well-known/oauth-protected-resource'

/** The metadata of the API (RFC 9728): none is fine, wrong ones are not. */
export async function checkMetadata(
  { url, settings, send }: Api,
  { headers }: HttpAnswer,
): Promise<readonly Finding[]> {
  const { origin, pathname } = new URL(url)
  const [named] = parseChallenges(headers['www-authenticate']).flatMap(
    ({ parameters }) => parameters.get('resource_metadata') ?? [],
  )
  // RFC 9728 §3.3: what is of another origin does not count, so it is not asked for.
  if (named !== undefined && (!URL.canParse(named) || new URL(named).origin !== origin)) {
    const fix = `the public URL of the API in resourceMetadata, and a trusted proxy: want ${origin}${WELL_KNOWN}…`
    return [
      fail('metadata', 'the challenge names metadata of another origin', {
        cause: 'clients refuse it (RFC 9728 §3.3)',
        evidence: named,
        fix,
      }),
    ]
  }
  const candidates =
    named === undefined
      ? [`${origin}${WELL_KNOWN}${pathname === '/' ? '' : pathname}`, `${origin}${WELL_KNOWN}`]
      : [named]
  for (const candidate of candidates) {
    const answer = await send(candidate).catch(() => undefined)
    const document = answer?.status === 200 ? jsonOf(answer) : undefined
    if (document !== undefined) return judge(document, candidate, url, settings)
    if (named !== undefined) {
      const why = {
        evidence: `GET ${named}: ${answer?.status ?? 'no answer'}`,
        fix: 'mount metadataRoute() in front of the guards',
      }
      return [fail('metadata', 'the challenge names metadata that is not there', why)]
    }
  }
  return []
}

function judge(
  document: Readonly<Record<string, unknown>>,
  at: string,
  url: string,
  settings: Api['settings'],
): readonly Finding[] {
  const { resource, authorization_servers: servers } = document
  const evidence = `${at}: resource ${JSON.stringify(resource)}, authorization_servers ${JSON.stringify(servers)}`
  if (typeof resource !== 'string' || !URL.canParse(resource) || !isWithin(new URL(url), new URL(resource))) {
    const fix = `resourceMetadata.resource: the URL by which clients address the API, such as ${new URL(url).origin}`
    return [
      fail('metadata', 'the metadata is of another resource', {
        cause: 'clients refuse it (RFC 9728 §3.3)',
        evidence,
        fix,
      }),
    ]
  }
  if (settings === undefined) return [pass('metadata', 'the metadata is of this API', evidence)]
  const { issuer, audience } = settings
  if (Array.isArray(servers) && !servers.includes(issuer)) {
    const why = {
      cause: `clients get tokens elsewhere than from ${issuer}`,
      evidence,
      fix: 'compare AUTH0_ISSUER here and where the API runs',
    }
    return [warn('metadata', 'the metadata names other issuers than these settings', why)]
  }
  if (!audience.includes(resource)) {
    const why = {
      cause: 'clients ask for a token for resource (RFC 8707), and its aud is not accepted',
      evidence,
      fix: `add ${JSON.stringify(resource)} to audience, if the issuer puts it into aud`,
    }
    return [warn('metadata', 'the resource of the metadata is no accepted audience', why)]
  }
  return [pass('metadata', 'the metadata is of this API, its issuer and its audience', evidence)]
}

function isWithin(api: URL, resource: URL): boolean {
  const path = resource.pathname.replace(/\/$/, '')
  return api.origin === resource.origin && (api.pathname === path || api.pathname.startsWith(`${path}/`))
}
