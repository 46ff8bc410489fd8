import type { Command } from 'commander'

import type { ClientFlags } from '../client.js'
import { withClient } from './command.js'
import type { CommandContext } from './command.js'

export interface WhyFlags extends ClientFlags {
  readonly api: string
  /** Of the list, `NAME=VALUE` each. */
  readonly where?: readonly string[]
  readonly token?: string
  readonly dpop?: string
}

export function addWhy(program: Command, { terminal, tell }: CommandContext): void {
  withClient(program.command('why'))
    .summary('why the API refused a request, by its correlation id; or which ones it refused lately')
    .description(
      'Fetches the trace of a refused request from the route for operators of the API, and prints what was wrong, the setting that decides it, what mends it, and each check. Without ID it lists the latest refusals. The token goes to the origin of that URL alone.',
    )
    .argument('[id]', 'correlation_id of the answer, or its X-Request-Id')
    .requiredOption('--api <url>', 'of the route, without the id: https, or http on this machine')
    .option(
      '--where <name=value...>',
      'of the list: reason, code, issuer, subject, client_id or path, such as client_id=app-1',
    )
    .option('--token <token>', '-, @file or env:NAME; otherwise one is got by client credentials')
    .option('--dpop <file>', 'the key that the token is bound to')
    .addHelpText(
      'after',
      '\nExample:\n  $ acme-auth why 8b1f6c9e-2f0a-4a51-9a0e-0c3f6f2d7e11 --api https://api.example.com/internal/traces --scope read:traces\n  $ acme-auth why --api https://api.example.com/internal/traces --where client_id=app-1 --scope read:traces',
    )
    .action(async (id: string | undefined, flags: WhyFlags) => {
      const { why } = await import('../why/why.js')
      tell(await why(id, flags, terminal), flags.json === true)
    })
}
