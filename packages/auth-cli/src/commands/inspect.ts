import type { Command } from 'commander'

import { givenText } from '../given-text.js'
import type { SettingFlags } from '../settings.js'
import { withSettings } from './command.js'
import type { CommandContext } from './command.js'

export interface InspectFlags extends SettingFlags {
  readonly verify?: boolean
}

export function addInspect(program: Command, { terminal, tell }: CommandContext): void {
  withSettings(program.command('inspect'))
    .summary('what a token says, and what this API would say to it')
    .description(
      'Reads a token: header, claims, times, what it is bound to. With the settings of an API also what that API would say, check by check. Nothing is sent anywhere.',
    )
    .argument('[token]', '- for standard input, @file, or env:NAME', '-')
    .option('--verify', 'fetches the keys of the issuer and checks the signature; the token stays here')
    .addHelpText(
      'after',
      '\nExamples:\n  $ pbpaste | acme-auth inspect -\n  $ acme-auth inspect @token.txt --verify --json',
    )
    .action(async (given: string, flags: InspectFlags) => {
      const token = await givenText('TOKEN', given, terminal)
      const { inspect } = await import('../inspect/inspect.js')
      tell(await inspect(token, flags, terminal), flags.json === true)
    })
}
