import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { decodeJwt, jwtVerify } from 'jose'
import type { JWTPayload } from 'jose'

import { adapterOptions } from '../src/index.js'
import type { ContractConfiguration, ContractRoute, StartContractServer } from '../src/index.js'
import { createKeys } from './foreign-keys.js'
import { Refused, verifyProof } from './foreign-proof.js'

/** What a server may get wrong. */
export interface Defects {
  readonly acceptsBadSignatures?: boolean
  readonly blamesTokenForOutage?: boolean
  readonly echoesToken?: boolean
  readonly malformsChallenge?: boolean
  readonly ignoresCertificates?: boolean
  /** What it compares of htu, before the path. */
  readonly ofHtu?: (url: URL) => string
  /** Sees requests first. @returns whether it saw to the answer */
  readonly intercepts?: (request: IncomingMessage, response: ServerResponse) => boolean
}

/** Another resource server that keeps the RFCs, with texts, a realm, codes and statuses that are not this kit's. */
export function foreignServer(defects: Defects = {}): StartContractServer {
  return async (configuration) => {
    const verify = createVerifier(configuration, defects)
    const server = createServer((request, response) => {
      if (defects.intercepts?.(request, response) === true) return
      void answerOf(request, configuration, verify, defects).then(({ status, headers = {}, body = '' }) => {
        response.writeHead(status, headers).end(body)
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return {
      port: (server.address() as AddressInfo).port, // listens on TCP
      close: () => new Promise((resolve) => server.close(() => resolve())),
    }

    function answerOf(...given: Parameters<typeof decide>): Promise<Answer> {
      return decide(...given).catch((error: unknown) => refusal(error, given[0], configuration, defects))
    }
  }
}

interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly body?: string
}

type Verify = (token: string) => Promise<JWTPayload>

function createVerifier({ options }: ContractConfiguration, defects: Defects): Verify {
  const keysOf = createKeys()
  const trusted = options.issuers ?? [options.issuer]
  return async (token) => {
    // RFC 7515 §5.2 (7): jose reads padding.
    if (token.endsWith('=')) throw new Refused(401, 'invalid_token')
    if (options.introspection !== undefined && !token.includes('.')) return introspected(token, options)
    const unverified = await orInvalid(async () => decodeJwt(token))
    const { iss = '' } = unverified
    if (!trusted.includes(iss)) throw new Refused(401, 'invalid_token')
    const keys = await keysOf(iss)
    if (defects.acceptsBadSignatures === true) return unverified
    const typ = 'at+jwt'
    const algorithms = ['RS256', 'ES256']
    const expected = { issuer: iss, audience: options.audience, typ, algorithms, requiredClaims: ['exp'] }
    return orInvalid(async () => (await jwtVerify(token, keys, expected)).payload)
  }
}

/** RFC 7662. What is no answer is an outage. */
async function introspected(token: string, options: ContractConfiguration['options']): Promise<JWTPayload> {
  const { opaqueTokens } = adapterOptions(options)
  const answer = (await opaqueTokens?.introspect(token, { fetch })) as JWTPayload // as: of the contract's own endpoint
  if (answer['active'] !== true || ![answer.aud].flat().includes(options.audience))
    throw new Refused(401, 'invalid_token')
  return answer
}

async function orInvalid(work: () => Promise<JWTPayload>): Promise<JWTPayload> {
  return work().catch(() => {
    throw new Refused(401, 'invalid_token')
  })
}

async function decide(
  request: IncomingMessage,
  configuration: ContractConfiguration,
  verify: Verify,
  defects: Defects,
): Promise<Answer> {
  const { routes, options } = configuration
  const { pathname } = new URL(request.url ?? '/', 'http://localhost')
  const route = routes.find(({ path, mountedAt = '' }) => mountedAt + path === pathname)
  if (route === undefined) return { status: 404 }
  const [, scheme = '', token = ''] = /^(\S+) *(.*)$/.exec(request.headers.authorization ?? '') ?? []
  const isDpop = scheme.toLowerCase() === 'dpop'
  if (!isDpop && scheme.toLowerCase() !== 'bearer') throw new Refused(401, undefined)
  if (!/^[\w\-.~+/]+=*$/.test(token)) throw new Refused(400, 'invalid_request')
  const claims = await verify(token)
  const { jkt } = { jkt: undefined, ...(claims['cnf'] as { readonly jkt?: string } | undefined) } // of the test issuer
  const ofHtu = defects.ofHtu ?? ((url) => url.origin)
  if (isDpop) await verifyProof(request, token, jkt, options.dpop?.nonce !== undefined, ofHtu)
  else if (jkt !== undefined) throw new Refused(401, 'invalid_token')
  if (defects.ignoresCertificates !== true) requireCertificate(request, claims, configuration)
  requireOf(route, claims)
  return { status: 200, body: 'come in' }
}

/** RFC 8705 §3, by the header of RFC 9440. */
function requireCertificate(
  { headersDistinct }: IncomingMessage,
  claims: JWTPayload,
  { options, trustProxy }: ContractConfiguration,
): void {
  const confirmed = (claims['cnf'] as { readonly 'x5t#S256'?: string } | undefined)?.['x5t#S256'] // of the test issuer
  if (confirmed === undefined || options.mtls === undefined) return
  const [value = '', ...others] = (trustProxy === false ? undefined : headersDistinct['client-cert']) ?? []
  const der = Buffer.from(value.slice(1, -1), 'base64')
  if (others.length > 0 || createHash('sha256').update(der).digest('base64url') !== confirmed)
    throw new Refused(401, 'invalid_token')
}

/** Scopes, and RFC 9470. */
function requireOf({ wanted }: ContractRoute, claims: JWTPayload): void {
  const scopes = typeof claims['scope'] === 'string' ? claims['scope'].split(' ') : []
  for (const one of wanted === 'optional' ? [] : wanted) {
    if (typeof one === 'string' && !scopes.includes(one)) throw new Refused(403, 'insufficient_scope')
    if (typeof one === 'string' || one['acr'] === undefined) continue
    const age = Date.now() / 1000 - Number(claims['auth_time'])
    const enough = claims['acr'] === one['acr'] && age <= Number(one['maxAge'])
    if (!enough) throw new Refused(401, 'insufficient_user_authentication')
  }
}

function refusal(
  error: unknown,
  request: IncomingMessage,
  configuration: ContractConfiguration,
  defects: Defects,
): Answer {
  if (error instanceof Refused) return challenge(error, request, configuration, defects)
  if (defects.blamesTokenForOutage !== true) return { status: 502, body: 'try again' }
  return challenge(new Refused(401, 'invalid_token'), request, configuration, defects)
}

function challenge(
  { status, error, nonce }: Refused,
  request: IncomingMessage,
  { options }: ContractConfiguration,
  defects: Defects,
): Answer {
  const { authorization = '' } = request.headers
  const failing = /^dpop/i.test(authorization) ? 'DPoP' : 'Bearer'
  const text = defects.echoesToken === true ? authorization : 'no, thanks'
  const reason = error === undefined ? '' : `, error=${error}, error_description="${text}"`
  const quote = defects.malformsChallenge === true ? '' : '"'
  const challenges = { DPoP: 'DPoP algs="ES256 PS256"', Bearer: `Bearer realm="another, one${quote}` }
  const mode = options.dpop?.mode ?? 'allowed'
  const schemes = (['DPoP', 'Bearer'] as const).filter((scheme) => {
    return mode === 'allowed' || (mode === 'required') === (scheme === 'DPoP')
  })
  const lines = schemes.map((scheme) => challenges[scheme] + (scheme === failing ? reason : ''))
  const headers = { 'WWW-Authenticate': lines, ...(nonce !== undefined && { 'DPoP-Nonce': nonce }) }
  return { status, headers, body: 'not today' }
}
