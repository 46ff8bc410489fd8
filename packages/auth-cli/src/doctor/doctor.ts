import type { DoctorFlags } from '../commands/doctor.js'
import { environmentOf } from '../settings.js'
import type { Environment } from '../settings.js'
import { colour, printable, UsageError } from '../terminal.js'
import type { Answer, Terminal } from '../terminal.js'
import { checkApi } from './api/api.js'
import { checkAudience } from './audience.js'
import { checkClock } from './clock.js'
import { checkCredentials } from './credentials.js'
import type { Obtained } from './credentials.js'
import { checkDiscovery } from './discovery.js'
import { checkEnvironment } from './environment.js'
import type { Settings } from './environment.js'
import { findingText, primaryOf } from './finding.js'
import type { Finding } from './finding.js'
import { checkKeys } from './keys.js'
import { checkRedis } from './redis.js'

/** Looks at all there is, stage by stage, and says what to mend first. */
export async function doctor(flags: DoctorFlags, terminal: Terminal): Promise<Answer> {
  if (flags.api !== undefined && !/^https?:\/\/[^/]/.test(flags.api))
    throw new UsageError('--api: want a URL, such as https://api.example.com/me')
  const timeout = Number(flags.timeout)
  if (!(timeout > 0 && timeout <= 300)) throw new UsageError('--timeout: want seconds, to 300 at most')
  const environment = await environmentOf(flags, terminal)
  const { findings: ofEnvironment, settings } = await checkEnvironment(flags, environment)
  const { findings: ofIssuer, obtained } =
    settings === undefined ? NOTHING : await checkIssuer(settings, flags, environment)
  const all = [
    ...ofEnvironment,
    ...ofIssuer,
    ...(await checkRedis(environment)),
    ...(flags.api === undefined
      ? []
      : await checkApi({ url: flags.api, origin: flags.origin, settings, obtained, timeout })),
  ]
  const findings = all.map((one) =>
    withoutSecrets(one, [...secretsOf(environment), obtained.bearer, obtained.bound?.token]),
  )
  const primary = primaryOf(findings)
  const failed = findings.some(({ status }) => status === 'fail')
  return {
    found: failed,
    value: { ok: !failed, primary: primary ?? null, findings },
    text:
      textOf(findings, primary, terminal) + (flags.api !== undefined && obtained.bearer === undefined ? UNTRIED : ''),
  }
}

// A wrong audience there looks well without one.
const UNTRIED =
  '\nNo token was tried at the API: with AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET one is got, and the API is looked at with it.'

const NOTHING: { readonly findings: readonly Finding[]; readonly obtained: Obtained } = {
  findings: [],
  obtained: { findings: [] },
}

async function checkIssuer(settings: Settings, flags: DoctorFlags, environment: Environment): Promise<typeof NOTHING> {
  const discovered = await checkDiscovery(settings)
  const findings = [
    ...discovered.findings,
    ...(discovered.findings.some(({ status }) => status === 'fail') ? [] : await checkKeys(settings, discovered)),
    ...checkClock(discovered),
    ...checkAudience(settings),
  ]
  if (!discovered.hasKeys || discovered.metadata === undefined) return { findings, obtained: NOTHING.obtained }
  const wanted = { scopes: flags.scope ?? [], permissions: flags.permission ?? [] }
  const obtained = await checkCredentials(settings, discovered.metadata, environment, wanted)
  return { findings: [...findings, ...obtained.findings], obtained }
}

function secretsOf(environment: Environment): readonly (string | undefined)[] {
  const named = ['AUTH0_CLIENT_SECRET', 'CLIENT_SECRET', 'REDIS_URL'].map((name) => environment[name])
  return [...named, ...passwordsIn(environment['REDIS_URL'] ?? '')]
}

/** Of the URL of Redis, as it is written there and as it is sent. */
function passwordsIn(url: string): readonly string[] {
  if (!URL.canParse(url)) return []
  const { password } = new URL(url)
  try {
    return [password, decodeURIComponent(password)]
  } catch {
    // A percent sign that encodes nothing.
    return [password]
  }
}

/** What others answer may hold what was sent to them. */
function withoutSecrets(finding: Finding, secrets: readonly (string | undefined)[]): Finding {
  // What is shorter would be found in every word.
  const known = secrets.filter((one) => one !== undefined && one.length >= 6)
  const hidden = (text: string): string =>
    known.reduce((rest: string, one) => rest.replaceAll(one ?? '', '(secret)'), text)
  const texts = Object.entries(finding).map(([name, text]) => [name, hidden(String(text))])
  return Object.fromEntries(texts) as Finding // the same members, all of them text
}

function textOf(findings: readonly Finding[], primary: Finding | undefined, terminal: Terminal): string {
  const lines = findings.map((one) => findingText(one, terminal)).join('\n')
  if (primary === undefined) return `${lines}\n\n${colour('green', 'Nothing to mend.', terminal)}`
  const { says, fix, cause } = primary
  const title = colour('bold', primary.status === 'fail' ? 'Mend this first:' : 'Worth a look:', terminal)
  return `${lines}\n\n${title} ${printable(says)}\n  ${printable(fix ?? cause ?? '', 1500)}`
}
