import type { AuthOptions } from '@acme/auth-core'

import type { InspectFlags } from '../commands/inspect.js'
import { mendOf } from '../mend.js'
import type { ToMend } from '../mend.js'
import { viewOf } from '../refused.js'
import type { RefusedView } from '../refused.js'
import { environmentOf, knownOptions } from '../settings.js'
import { UsageError } from '../terminal.js'
import type { Answer, Terminal } from '../terminal.js'
import { judgeOffline, judgeOnline } from './checks.js'
import type { Check, Judgement } from './checks.js'
import { decodeToken, isObject } from './decode.js'
import type { DecodedToken } from './decode.js'
import { inspectedText } from './inspected-text.js'
import { issuerKind } from './issuer-kind.js'
import { suspicions } from './suspicions.js'
import type { Suspicion } from './suspicions.js'
import { timeInWords } from './times.js'

/** What there is to say about a token. */
export interface Inspected extends DecodedToken {
  readonly size: number
  readonly issuedBy: string | undefined
  readonly times: Readonly<Record<string, string>>
  readonly binding: string
  readonly suspicious: readonly string[]
  /** What an API with the settings says; undefined where there are none. */
  readonly api: ApiVerdict | undefined
  /** Null where nothing is to be mended. */
  readonly primary: ToMend | null
}

/** What an API says of a token. */
export interface ApiVerdict {
  readonly audience: AuthOptions['audience']
  /** Whether the signature was looked at. */
  readonly isVerified: boolean
  readonly checks: readonly Check[]
  readonly refused: RefusedView | undefined
}

// Where there are no settings, core says all the same what a token that is no JWT is.
const NO_API: AuthOptions = { issuer: 'https://issuer.invalid/', audience: 'THE-AUDIENCE-OF-YOUR-API' }

/** Says all there is to say about a token, and sends it nowhere. */
export async function inspect(given: string, flags: InspectFlags, terminal: Terminal): Promise<Answer> {
  const token = given.replace(/^(?:authorization:\s*)?(?:bearer|dpop)\s+/i, '')
  const decoded = decodeToken(token)
  const now = Date.now() / 1000
  const options = await knownOptions(flags, await environmentOf(flags, terminal))
  if (flags.verify === true && options === undefined)
    throw new UsageError(
      '--verify: want the settings of an API: --issuer and --audience, or AUTH0_ISSUER and AUTH0_AUDIENCE',
    )
  const judged = await judge(token, decoded, { options, verify: flags.verify === true, now })
  const odd = suspicions(token, decoded)
  const inspected: Inspected = {
    ...decoded,
    size: token.length,
    issuedBy: issuerKind(decoded.claims),
    times: timesOf(decoded, now),
    binding: bindingOf(decoded),
    suspicious: [...odd.map(({ says }) => says), ...(options === undefined ? wrongForm(judged) : [])],
    api: options === undefined ? undefined : ofApi(judged, options, flags.verify === true),
    primary: primaryOf(odd, judged, options) ?? null,
  }
  return { found: inspected.primary !== null, value: inspected, text: inspectedText(inspected, terminal) }
}

async function judge(
  token: string,
  decoded: DecodedToken,
  { options, verify, now }: { options: AuthOptions | undefined; verify: boolean; now: number },
): Promise<Judgement> {
  const offline = await judgeOffline(token, decoded, options ?? NO_API, now)
  return verify && options !== undefined ? judgeOnline(token, offline, decoded, options, now) : offline
}

/** What a token is explains why core refuses it; what else is odd comes after. Without settings core says the form alone. */
function primaryOf(
  odd: readonly Suspicion[],
  { refused, checks, report }: Judgement,
  options: AuthOptions | undefined,
): ToMend | undefined {
  const isOfForm = checks.some(({ check, result }) => check === 'form' && result === 'fail')
  const explaining = odd.find(({ explains, isOfForm: isIts }) => explains && (!isOfForm || isIts === true))
  if (explaining !== undefined) return { says: explaining.says, fix: explaining.fix }
  if (refused !== undefined && (options !== undefined || isOfForm)) return mendOf(refused, report)
  const [first] = odd
  return first && { says: first.says, fix: first.fix }
}

function wrongForm({ checks }: Judgement): readonly string[] {
  return checks.flatMap(({ check, detail }) => (check === 'form' && detail !== undefined ? [detail] : []))
}

function ofApi({ checks, refused }: Judgement, { audience }: AuthOptions, isVerified: boolean): ApiVerdict {
  return { audience, isVerified, checks, refused: refused === undefined ? undefined : viewOf(refused) }
}

const TIMES = ['iat', 'nbf', 'exp', 'auth_time']

function timesOf({ claims }: DecodedToken, now: number): Readonly<Record<string, string>> {
  const there = TIMES.filter((name) => claims[name] !== undefined)
  return Object.fromEntries(there.map((name) => [name, timeInWords(claims[name], now)]))
}

/** RFC 7800 §3.1, RFC 9449 §6.1, RFC 8705 §3.1. */
function bindingOf({ claims: { cnf } }: DecodedToken): string {
  if (cnf === undefined) return 'none: a bearer token, good for whoever has it'
  const members = isObject(cnf) ? Object.keys(cnf) : []
  if (members.includes('jkt')) return 'a DPoP key (cnf.jkt): goes with the scheme DPoP and a proof for each request'
  if (members.includes('x5t#S256')) return 'a client certificate (cnf.x5t#S256): goes over mutual TLS'
  return 'cnf names something else: servers that cannot check it refuse the token'
}
