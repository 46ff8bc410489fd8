import type { Command } from 'commander'

import type { SettingFlags } from '../settings.js'
import { withSettings, words } from './command.js'
import type { CommandContext } from './command.js'

export interface DoctorFlags extends SettingFlags {
  readonly api?: string
  readonly origin?: string
  readonly scope?: readonly string[]
  readonly permission?: readonly string[]
  readonly timeout: string
}

export function addDoctor(program: Command, { terminal, tell }: CommandContext): void {
  withSettings(program.command('doctor'))
    .summary('checks settings, issuer, clock, tokens, Redis, and the deployed API')
    .description(
      'Checks, stage by stage: the settings; the issuer, its keys and its clock; a token, where AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET are set; Redis, where REDIS_URL is; and the deployed API, with --api. Says which one thing to mend first, and changes nothing.',
    )
    .option(
      '--api <url>',
      'a guarded route that answers GET: called from outside, with the tokens that were got for it',
    )
    .option('--origin <origin>', 'of a page that calls the API, such as https://app.example.com')
    .option('--scope <scopes>', 'what the token is asked for, and what is required of it', words)
    .option('--permission <permissions>', 'what is required of the token', words)
    .option('--timeout <seconds>', 'for each answer of the API', '10')
    .addHelpText(
      'after',
      '\nExamples:\n  $ acme-auth doctor --env-file .env\n  $ acme-auth doctor --api https://api.example.com/me --origin https://app.example.com --json',
    )
    .action(async (flags: DoctorFlags) => {
      const { doctor } = await import('../doctor/doctor.js')
      tell(await doctor(flags, terminal), flags.json === true)
    })
}
