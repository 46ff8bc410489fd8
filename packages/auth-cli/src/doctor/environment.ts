import type { AuthOptions, ResourceServer } from '@acme/auth-core'
import { createResourceServer } from '@acme/auth-core'

import { givenOptions, optionsOf } from '../settings.js'
import type { Environment, SettingFlags } from '../settings.js'
import { messageOf } from '../terminal.js'
import { findingsOf } from './finding.js'
import type { Finding } from './finding.js'
import { fixOfSettings } from './fix-settings.js'

/** Settings that core accepts. */
export interface Settings {
  readonly options: AuthOptions
  readonly server: ResourceServer
  /** To the letter. */
  readonly issuer: string
  readonly audience: readonly string[]
  /** What core says of keys when they are fetched. */
  readonly keysDetails: string[]
}

const { pass, warn, fail } = findingsOf('environment')

/** The settings, as the middleware reads them. */
export async function checkEnvironment(
  flags: SettingFlags,
  environment: Environment,
): Promise<{ readonly findings: readonly Finding[]; readonly settings: Settings | undefined }> {
  try {
    const options = await optionsOf(flags, environment)
    const keysDetails: string[] = []
    const server = createResourceServer({
      ...options,
      onEvent: (event) => {
        if (event.type === 'keys' && event.detail !== undefined) keysDetails.push(event.detail)
      },
    })
    const issuer = server.issuerStatus()[0]?.issuer ?? ''
    const audience = [options.audience ?? []].flat()
    const findings = [
      pass('settings', `issuer ${issuer}, audience ${audience.join(' ')}`, from(flags)),
      ...ofTls(environment),
    ]
    return { findings, settings: { options, server, issuer, audience, keysDetails } }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    const cause = messageOf(error)
    const why = { cause, fix: fixOfSettings(cause, environment) }
    // What is wanted comes after: that is the fix.
    const [what = ''] = cause.split(/, want |: want |; /)
    return {
      findings: [fail('settings', `the settings cannot be used: ${what}`, why)],
      settings: undefined,
    }
  }
}

function from(flags: SettingFlags): string {
  const given = Object.keys(givenOptions(flags))
  const rest = flags.envFile === undefined ? 'from the environment' : `from the environment and ${flags.envFile}`
  return given.length === 0 ? rest : `${given.join(', ')} from the arguments`
}

function ofTls(environment: Environment): readonly Finding[] {
  if (environment['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0') return []
  return [
    warn('tls', 'certificates are not checked', {
      cause: 'NODE_TLS_REJECT_UNAUTHORIZED=0: whoever is on the way can hand out keys of their own, and forge tokens',
      fix: 'unset it, and trust the authority instead: NODE_EXTRA_CA_CERTS=ca.pem',
    }),
  ]
}
