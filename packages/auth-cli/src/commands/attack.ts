import { Option } from 'commander'
import type { Command } from 'commander'

import { collect, withOutput, words } from './command.js'
import type { CommandContext } from './command.js'

export interface AttackFlags {
  readonly audience?: string
  readonly issuerPort: string
  readonly algorithm: 'RS256' | 'PS256' | 'ES256' | 'EdDSA'
  readonly start?: string
  readonly token?: string
  readonly dpopKey?: string
  readonly scope?: readonly string[]
  readonly claims?: string
  readonly method: string
  readonly header: readonly string[]
  readonly only?: readonly string[]
  readonly rate: string
  readonly timeout: string
  readonly ca?: string
  readonly iOwnThisHost?: boolean
  readonly baseline?: string
  readonly updateBaseline?: boolean
  readonly junit?: string
  readonly verbose?: boolean
  readonly json?: boolean
}

export function addAttack(program: Command, { terminal, tell }: CommandContext): void {
  withOutput(program.command('attack'))
    .summary('forged tokens and bad proofs against your own API, each with its clause')
    .description(
      'Sends some 250 requests to one guarded route of an API that runs: good ones, forged tokens, bad proofs. Says which clause of which RFC is not kept, what that is to an attacker, and what mends it. It runs an issuer which the API has to trust while it is attacked; or it is given a token, and does what needs no key of the issuer. It goes to this machine alone, unless you say that the host is yours.',
    )
    .argument('<url>', 'of a guarded route')
    .option('--start <command>', 'starts the API, with AUTH0_ISSUER and AUTH0_AUDIENCE set, and ends it afterwards')
    .option('--audience <identifier>', 'of the API (AUTH0_AUDIENCE); https://api.example.com if nothing is set')
    .option('--issuer-port <port>', 'where the issuer of the attack listens; 0 for a free one', '4400')
    .addOption(
      new Option('--algorithm <alg>', 'of the tokens of that issuer')
        .choices(['RS256', 'PS256', 'ES256', 'EdDSA'])
        .default('RS256'),
    )
    .option('--token <token>', '-, @file or env:NAME; in place of an issuer')
    .option('--dpop-key <file>', 'the key that --token is bound to')
    .option('--scope <scopes>', 'what the route requires; otherwise what its challenge says', words)
    .option('--claims <json>', '@file or env:NAME: further claims of good tokens, such as permissions')
    .option('--method <method>', 'of the requests', 'GET')
    .option('--header <name:value>', 'of every request; may be repeated', collect, [])
    .option('--only <area>', 'a part of its name is enough; may be repeated', collect)
    .option('--rate <number>', 'requests a second, at most 1000', '50')
    .option('--timeout <seconds>', 'for each answer', '10')
    .option('--ca <file>', 'PEM of who issued the certificate of the API')
    .option('--i-own-this-host', 'attacks a host that is not this machine')
    .option('--baseline <file>', 'faults that are known: only others count, and those that are mended')
    .option('--update-baseline', 'writes the file of --baseline anew; never in CI')
    .option('--junit <file>', 'writes a report for CI')
    .option('--verbose', 'lists what passed, too')
    .addHelpText(
      'after',
      "\nExamples:\n  $ acme-auth attack http://127.0.0.1:3000/me --start 'node server.js'\n  $ acme-auth attack http://127.0.0.1:3000/me --token @token.txt --dpop-key key.json\n  $ acme-auth attack http://127.0.0.1:3000/me --baseline attack.json --junit attack.xml",
    )
    .action(async (url: string, flags: AttackFlags) => {
      const { attack } = await import('../attack/attack.js')
      tell(await attack(url, flags, terminal), flags.json === true)
    })
}
