import type { Command } from 'commander'

import { withOutput } from './command.js'
import type { CommandContext } from './command.js'

export interface DevFlags {
  readonly port: string
  readonly audience: string
  readonly subject: string
  readonly nonces: boolean
  readonly json?: boolean
}

export function addDev(program: Command, { terminal }: CommandContext): void {
  withOutput(program.command('dev'))
    .summary('a local issuer, with a log of what is asked of it')
    .description(
      'Runs an issuer on this machine: discovery, keys, every grant, DPoP. Anybody is a client, by any secret or none, and logs in without a password: for development and tests, on 127.0.0.1 alone. Its keys are new at each start.',
    )
    .option('--port <port>', 'to listen at; 0 for a free one', '4400')
    .option('--audience <identifier>', 'of the API', 'https://api.example.com')
    .option('--subject <sub>', 'who logs in', 'user-1')
    .option('--nonces', 'demands nonces in DPoP proofs', false)
    .addHelpText('after', '\nExamples:\n  $ acme-auth dev --audience https://api.example.com')
    .action(async (flags: DevFlags) => {
      const { dev } = await import('../dev/dev.js')
      await dev(flags, terminal)
    })
}
