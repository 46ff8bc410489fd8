import { isAuthError } from '@acme/auth-core'

import type { Settings } from './environment.js'
import { findingsOf } from './finding.js'
import type { Finding } from './finding.js'
import { codeOf, jsonOf, reachFix, send } from '../http.js'
import type { HttpAnswer } from '../http.js'

/** What an issuer publishes. */
export type Metadata = Readonly<Record<string, unknown>>

/** What came of asking the issuer. */
export interface Discovered {
  readonly findings: readonly Finding[]
  /** Undefined where there are none to go on with. */
  readonly metadata: Metadata | undefined
  /** The answer, and the second in the middle of the request. */
  readonly answer: HttpAnswer | undefined
  readonly at: number
  /** Whether core has keys to verify with. */
  readonly hasKeys: boolean
}

const { pass, fail } = findingsOf('discovery')

/** The metadata of the issuer: by core, whose word counts, and by a look of our own, for the evidence. */
export async function checkDiscovery({ server, issuer }: Settings): Promise<Discovered> {
  const problem = await preload(server)
  const url = wellKnown(issuer)
  const started = Date.now()
  const answer = await send(url).catch((error: unknown) => codeOf(error))
  const at = (started + Date.now()) / 2000
  if (typeof answer === 'string') {
    const why = { cause: problem ?? answer, evidence: `GET ${url}: ${answer}`, fix: reachFix(answer) }
    return {
      findings: [fail('reachable', `the issuer cannot be reached: ${answer}`, why)],
      metadata: undefined,
      answer: undefined,
      at,
      hasKeys: false,
    }
  }
  const metadata = answer.status === 200 ? jsonOf(answer) : undefined
  const known = { metadata, answer, at, hasKeys: problem === undefined }
  if (problem === undefined)
    return { ...known, findings: [pass('issuer', 'the issuer answers, and calls itself as configured', url)] }
  if (metadata === undefined) return { ...known, findings: [await noDocument(issuer, problem, answer)] }
  const named = metadata['issuer']
  if (named === issuer)
    return { ...known, findings: [pass('issuer', 'the issuer answers, and calls itself as configured', url)] }
  return { ...known, findings: [otherIssuer(issuer, named, problem)] }
}

/** Why core has no keys; undefined when it has. */
async function preload(server: Settings['server']): Promise<string | undefined> {
  try {
    await server.preload()
    return undefined
  } catch (error) {
    if (!isAuthError(error)) throw error
    return server.issuerStatus()[0]?.problem ?? error.detail ?? error.description
  }
}

/** OpenID Connect Discovery 1.0 §4.1. */
function wellKnown(issuer: string): string {
  // One issuer for many tenants, as Entra ID has it: what they share is at this one.
  return `${issuer.replace('{tenantid}', 'common').replace(/\/$/, '')}/.well-known/openid-configuration`
}

function otherIssuer(issuer: string, named: unknown, problem: string): Finding {
  const isText = typeof named === 'string' && named !== '' && URL.canParse(named)
  return fail('issuer', 'the issuer calls itself by another name', {
    cause: problem,
    evidence: `configured ${JSON.stringify(issuer)}, it says ${JSON.stringify(named)}`,
    fix: isText
      ? `AUTH0_ISSUER=${named} (not AUTH0_DOMAIN), if that is the one which is meant`
      : 'have the issuer publish its identifier',
  })
}

/** There is no document: perhaps at another spelling. */
async function noDocument(issuer: string, problem: string, { status, body }: HttpAnswer): Promise<Finding> {
  const found = await firstOf(spellings(issuer))
  const evidence = `GET ${wellKnown(issuer)}: ${status} ${body.slice(0, 120).replaceAll(/\s+/g, ' ')}`
  const isRealm = /\/realms\//.test(issuer)
  const fix = isRealm
    ? 'mend the realm in AUTH0_ISSUER: it is case-sensitive, and there may be a path such as /auth before /realms'
    : 'mend AUTH0_ISSUER: want the URL that tokens have as iss, which has /.well-known/openid-configuration behind it'
  return fail('issuer', 'the issuer has no metadata there', {
    cause: problem,
    evidence: found === undefined ? evidence : `${evidence}; but ${found} has one, which says so of itself`,
    fix: found === undefined ? fix : `AUTH0_ISSUER=${found}`,
  })
}

/** What an issuer may have been meant to be. All on its own host. */
function spellings(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  const [, realm] = /\/realms\/([^/]+)/.exec(path) ?? []
  const paths = [
    path.toLowerCase(),
    ...(realm === undefined ? [] : [`/realms/${realm}`, `/realms/${realm.toLowerCase()}`, `/auth/realms/${realm}`]),
    `${path}/oauth2/default`,
    `${path}/v2.0`,
    '',
  ]
  return [...new Set(paths)].filter((one) => one !== path).map((one) => `${origin}${one}`)
}

async function firstOf(candidates: readonly string[]): Promise<string | undefined> {
  for (const candidate of candidates) {
    const answer = await send(wellKnown(candidate)).catch(() => undefined)
    const named = answer?.status === 200 ? jsonOf(answer)?.['issuer'] : undefined
    if (typeof named === 'string' && named.replace(/\/$/, '') === candidate) return named
  }
  return undefined
}
