import type { ContractIssuer } from '../contract/client.js'
import { createContractFixture } from '../contract/fixture.js'
import type { ContractFixture } from '../contract/fixture.js'
import { sendRaw } from '../contract/raw-http.js'
import type { RawRequest, RawResponse } from '../contract/raw-http.js'
import type { AttackedApi } from './api.js'
import { attackAreas, attackCases } from './cases.js'
import { connectionFault } from './connection-fault.js'
import { createPace } from './pace.js'
import type { PaceClock } from './pace.js'
import { probe } from './probe.js'
import type { Stop } from './probe.js'
import type { AttackReport, AttackResult } from './report.js'
import { runCases, unguarded } from './run.js'
import { attackTarget } from './target.js'
import type { AttackTarget, AttackTargetOptions } from './target.js'
import { algorithmOf, givenTokens, proofKeyOf } from './tokens.js'
import type { GivenToken } from './tokens.js'

/** How an API is attacked. */
export interface AttackOptions {
  /** Whose first issuer the API trusts: all forged tokens can be made. In place of `given`. */
  readonly fixture?: ContractFixture
  /** A token that the API accepts: what needs the key of its issuer is skipped. In place of `fixture`. */
  readonly given?: GivenToken
  /** What the route requires. @defaultValue what its challenge says */
  readonly scopes?: readonly string[]
  /** Further claims of good tokens, such as `permissions`. */
  readonly claims?: Readonly<Record<string, unknown>>
  /** @defaultValue 'GET' */
  readonly method?: string
  /** Of every request. */
  readonly headers?: readonly (readonly [name: string, value: string])[]
  /** Areas of {@link attackAreas}. @defaultValue all */
  readonly only?: readonly string[]
  /** Requests a second, at most 1000. @defaultValue 50 */
  readonly rate?: number
  /** For each answer, in seconds. @defaultValue 10 */
  readonly timeout?: number
  /** Whether the URL may lead beyond this machine, to a host that is the caller's own. @defaultValue false */
  readonly ownHost?: boolean
  /** Who issued the certificate of the API, as PEM. @defaultValue those that Node trusts */
  readonly ca?: string
  /** Stops it. */
  readonly signal?: AbortSignal
  /** Hears of each case when it is done. */
  readonly onResult?: (result: AttackResult) => void
  /** For tests. */
  readonly clock?: PaceClock
}

// Requests in all: some three hundred are enough.
const MOST_REQUESTS = 2000
const MOST_RATE = 1000

/**
 * Sends what the contract demands at level `rfc` to one route of an API that runs: good requests, forged tokens, bad
 * proofs. First it finds out what the route takes; what does not apply is skipped, with the reason. Nothing is changed
 * but what a request to this route changes. Follows no redirect.
 *
 * @throws {TypeError} for a URL that leads beyond this machine without `ownHost`, and for options that cannot be
 *
 * @example
 * ```ts
 * import { attackApi, createContractFixture } from '@acme/auth-conformance'
 *
 * export async function faultsOf(url: string): Promise<string[]> {
 *   const fixture = await createContractFixture({ audience: 'https://api.example.com', port: 4400 })
 *   const { results } = await attackApi(url, { fixture }).finally(() => fixture.close())
 *   return results.filter(({ outcome }) => outcome === 'failed').map(({ name, clause }) => `${clause}: ${name}`)
 * }
 * ```
 */
export async function attackApi(url: string, options: AttackOptions): Promise<AttackReport> {
  const { given, only = attackAreas, onResult = () => undefined } = options
  const unknown = only.filter((area) => !attackAreas.includes(area))
  if (unknown.length > 0) throw new TypeError(`only: ${unknown.join(', ')} is none of ${attackAreas.join(', ')}`)
  const target = await attackTarget(url, targetOptionsOf(options))
  const fixture = options.fixture ?? (await strangers(given))
  try {
    const sent = { count: 0 }
    const api = apiOf(target, fixture, options, sent)
    const wanted = attackCases.filter(({ area }) => only.includes(area))
    const stopped = await probe(api).catch(unreachable)
    const outcome =
      stopped === undefined
        ? await runCases(api, wanted, onResult)
        : { results: stopped.unguarded === true ? [unguarded(stopped.says)] : [], stopped }
    return reportOf(target, api, sent.count, outcome)
  } finally {
    if (fixture !== options.fixture) await fixture.close()
  }
}

/** @throws what is no fault of the connection */
function unreachable(error: unknown): Stop {
  const code = connectionFault(error)
  if (code === undefined) throw error
  const isOfTls = /CERT|SELF_SIGNED|UNABLE_TO|ALTNAME|EPROTO|ERR_SSL|ERR_TLS/.test(code)
  const mend = isOfTls
    ? 'name the authority of its certificate, and the name that it is for; or mend the scheme of the URL'
    : 'start the API, or mend host and port of the URL'
  return { says: `no answer: ${code}`, mend }
}

function targetOptionsOf({ ownHost = false, ca, timeout = 10 }: AttackOptions): AttackTargetOptions {
  if (!(timeout > 0)) throw new TypeError('timeout: want seconds above 0')
  return { ownHost, timeout, ...(ca !== undefined && { ca }) }
}

/** Keys and issuers that the API does not trust, and the key that the token is bound to. */
async function strangers(given: GivenToken | undefined): Promise<ContractFixture> {
  if (given === undefined) throw new TypeError('want a fixture, or a given token')
  const clientKey = await proofKeyOf(given)
  const algorithm = algorithmOf(given.token)
  const fixture = await createContractFixture(algorithm === undefined ? {} : { algorithm })
  return { ...fixture, ...(clientKey && { clientKey }) }
}

function apiOf(
  target: AttackTarget,
  fixture: ContractFixture,
  { given, scopes = [], claims = {}, method = 'GET', headers = [], rate = 50, signal, clock }: AttackOptions,
  sent: { count: number },
): AttackedApi {
  if (!(rate > 0 && rate <= MOST_RATE)) throw new TypeError(`rate: want 1 to ${MOST_RATE} requests a second`)
  const issuer: ContractIssuer = given === undefined ? fixture.issuer : givenTokens(given)
  const turn = createPace(rate, clock)
  const api: AttackedApi = {
    target,
    method,
    headers,
    fixture,
    issuer,
    claims,
    scopes,
    mints: given === undefined,
    mode: 'allowed',
    demandsNonces: false,
    nonce: undefined,
    withoutDpop: 'this API does not take DPoP',
    withoutBearer: 'this API does not take Bearer tokens',
    send: async (request: RawRequest): Promise<RawResponse> => {
      signal?.throwIfAborted()
      if (++sent.count > MOST_REQUESTS) throw new Error(`more than ${MOST_REQUESTS} requests`)
      await turn()
      const response = await sendRaw(target.address, request)
      const nonce = response.headers.find(([name]) => name.toLowerCase() === 'dpop-nonce')?.[1]
      if (nonce !== undefined) api.nonce = nonce
      return response
    },
  }
  return api
}

function reportOf(
  { origin, path }: AttackTarget,
  { mode, demandsNonces: nonces, scopes }: AttackedApi,
  requests: number,
  { results, stopped }: Pick<AttackReport, 'results' | 'stopped'>,
): AttackReport {
  const ok = stopped === undefined && results.every(({ outcome }) => outcome !== 'failed')
  const told = {
    url: origin + path,
    dpop: stopped === undefined || results.length > 1 ? mode : undefined,
    nonces,
    scopes,
  }
  return { ok, ...told, requests, ...(stopped && { stopped: { says: stopped.says, mend: stopped.mend } }), results }
}
