import type { Command } from 'commander'

import type { ClientFlags } from '../client.js'
import { collect, withClient } from './command.js'
import type { CommandContext } from './command.js'

export interface CallFlags extends ClientFlags {
  readonly token?: string
  readonly dpop?: string
  readonly method: string
  readonly header: readonly string[]
  readonly data?: string
}

export function addCall(program: Command, { terminal, tell }: CommandContext): void {
  withClient(program.command('call'))
    .summary('calls an API with a token, and says why it is refused')
    .description(
      'Calls a URL with a token, as Bearer or, with --dpop, with a proof; answers a demand for a nonce. The body of the answer goes to standard output, the rest to standard error. A refusal is told with its challenge and, where the settings of the API are known, with what core says of the token. The token goes to the origin of the URL alone.',
    )
    .argument('<url>', 'https, or http on this machine')
    .option('--token <token>', '-, @file or env:NAME; otherwise one is got by client credentials')
    .option('--dpop <file>', 'the key that the token is bound to')
    .option('--method <method>', 'of the request', 'GET')
    .option('--header <name:value>', 'a further header; may be repeated', collect, [])
    .option('--data <body>', 'of the request: as it is, or @file')
    .addHelpText(
      'after',
      '\nExamples:\n  $ acme-auth call https://api.example.com/me --token @token.txt\n  $ acme-auth call https://api.example.com/messages --dpop key.json --scope read:messages',
    )
    .action(async (url: string, flags: CallFlags) => {
      const { call } = await import('../call/call.js')
      tell(await call(url, flags, terminal), flags.json === true)
    })
}
