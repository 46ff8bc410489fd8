import { createResourceServer, isAuthError } from '@acme/auth-core'
import type { AuthError, AuthOptions, ReportRow, ResourceServer } from '@acme/auth-core'

import type { DecodedToken, JsonObject } from './decode.js'
import { createSigner } from './signed-again.js'

/** One check of a token, as core makes it. */
export interface Check {
  readonly check: string
  readonly result: 'pass' | 'fail' | 'unknown'
  /** Of core, when it fails. */
  readonly detail?: string
}

/** What an API with some options says of a token, without its signature. */
export interface Judgement {
  readonly checks: readonly Check[]
  /** What it answers, if the signature is good; undefined when it accepts. */
  readonly refused: AuthError | undefined
  /** What the API enforces. */
  readonly report: readonly ReportRow[]
}

// Seconds.
const FRESH = 300

/**
 * Holds a token against the options of an API, check by check, and offline: for each check core is shown a token that is
 * good but for the one thing, signed with a key of our own. The issuer is not asked, and its signature is not looked at.
 *
 * @param options - with one issuer
 */
export async function judgeOffline(
  token: string,
  decoded: DecodedToken,
  options: AuthOptions,
  now: number,
): Promise<Judgement> {
  const signer = await createSigner(decoded, options.algorithms)
  const server = offlineServer(options, signer.jwks, now)
  const form = await refusalOf(server, token)
  if (form !== undefined && isOfForm(form))
    return {
      checks: [{ check: 'form', result: 'fail', detail: detailOf(form) }],
      refused: form,
      report: server.report(),
    }

  const good = { header: { alg: signer.algorithm, typ: 'at+jwt' }, claims: goodClaims(decoded, options, server, now) }
  const judged = async (check: string, header: JsonObject, claims: JsonObject): Promise<Check> => {
    const refused = await refusalOf(
      server,
      await signer.sign({ ...good.header, ...header }, { ...good.claims, ...claims }),
    )
    return refused === undefined ? { check, result: 'pass' } : { check, result: 'fail', detail: detailOf(refused) }
  }
  const { header, claims } = decoded
  const { iss, aud, exp, nbf, iat } = claims
  const checks = [
    { check: 'form', result: 'pass' } as const,
    await judged('issuer', {}, { iss }),
    await judged('type', { typ: header['typ'] }, {}),
    await judged('algorithm', { alg: header['alg'] }, {}),
    { check: 'signature', result: 'unknown', detail: 'not checked: --verify fetches the keys of the issuer' } as const,
    await judged('times', {}, { exp, nbf, iat }),
    await judged('audience', {}, { aud }),
  ]
  return { checks, refused: await refusalOf(server, await signer.sign(header, claims)), report: server.report() }
}

/** The checks, with the real signature: fetches the keys of the configured issuer. */
export async function judgeOnline(
  token: string,
  offline: Judgement,
  { claims }: DecodedToken,
  options: AuthOptions,
  now: number,
): Promise<Judgement> {
  const server = createResourceServer({ ...options, onEvent: () => undefined }, { now: () => now })
  const refused = await refusalOf(server, token)
  // Signatures are good or bad whatever the time and the audience are.
  const then = typeof claims['exp'] === 'number' ? Math.min(now, claims['exp'] - 1) : now
  const lenient = lenientServer(claims, options, then)
  const wrong = lenient === undefined ? refused : await refusalOf(lenient, token)
  const others = offline.checks.filter(({ result }) => result === 'fail').map(({ detail }) => detail)
  const signature = (): Check => {
    if (wrong === undefined) return { check: 'signature', result: 'pass' }
    const detail = detailOf(wrong)
    return others.includes(detail)
      ? { check: 'signature', result: 'unknown', detail: 'not reached' }
      : { check: 'signature', result: 'fail', detail }
  }
  const checks = offline.checks.map((one) => (one.check === 'signature' ? signature() : one))
  return { refused, checks, report: server.report() }
}

/** Undefined where the audience of the token is none that an API could have. */
function lenientServer(claims: JsonObject, options: AuthOptions, now: number): ResourceServer | undefined {
  try {
    const lenient = { ...options, onEvent: () => undefined, ...audienceOf(claims, options) }
    return createResourceServer(lenient, { now: () => now })
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}

function audienceOf({ aud }: JsonObject, { audience }: AuthOptions): Pick<AuthOptions, 'audience'> {
  const texts = (Array.isArray(aud) ? aud : [aud]).filter((one): one is string => typeof one === 'string' && one !== '')
  return texts.length === 0 ? { ...(audience !== undefined && { audience }) } : { audience: texts }
}

function offlineServer(options: AuthOptions, jwks: { readonly keys: readonly unknown[] }, now: number): ResourceServer {
  const { domain, issuer, issuers: _, ...others } = options
  const trusted = { ...(domain !== undefined && { domain }), ...(issuer !== undefined && { issuer }), jwks }
  return createResourceServer(
    { ...others, issuers: [trusted], tokenCache: false, onEvent: () => undefined },
    { now: () => now },
  )
}

/** The claims as this API would have them. */
function goodClaims(
  { claims }: DecodedToken,
  { audience }: AuthOptions,
  server: ResourceServer,
  now: number,
): JsonObject {
  const { nbf: _, ...others } = claims
  const iat = Math.floor(now)
  return { ...others, iss: issuerFor(claims, server.issuerStatus()[0]?.issuer), aud: audience, iat, exp: iat + FRESH }
}

/** One issuer for many tenants, as Entra ID has it: of the tenant that the token names. */
function issuerFor({ tid }: JsonObject, issuer = ''): string {
  return issuer.replace('{tenantid}', typeof tid === 'string' ? tid : 'tenant')
}

function isOfForm({ reason, detail }: AuthError): boolean {
  return reason !== 'token_expired' && (reason !== 'token_invalid' || detail?.startsWith('not a JWT') === true)
}

async function refusalOf(server: ResourceServer, token: string): Promise<AuthError | undefined> {
  try {
    await server.verifyAccessToken(token)
    return undefined
  } catch (error) {
    if (isAuthError(error)) return error
    throw error
  }
}

function detailOf({ detail, description }: AuthError): string {
  return detail ?? description
}
