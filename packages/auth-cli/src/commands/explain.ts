import type { Command } from 'commander'

import { givenText } from '../given-text.js'
import type { SettingFlags } from '../settings.js'
import { collect, withSettings, words } from './command.js'
import type { CommandContext } from './command.js'

export interface ExplainFlags extends SettingFlags {
  readonly url: string
  readonly method: string
  readonly token?: string
  readonly proof?: string
  readonly scheme?: string
  readonly header: readonly string[]
  readonly scope?: readonly string[]
  readonly permission?: readonly string[]
  readonly trustHops?: string
  readonly jwks?: string
}

export function addExplain(program: Command, { terminal, tell }: CommandContext): void {
  withSettings(program.command('explain'))
    .summary('what the API answers to a request, and why')
    .description(
      'Decides on a request as the API with these settings does, and prints its answer with what no client is told: what exactly was wrong, and which setting to look at. Fetches the keys of the issuer; the request is sent nowhere. Replays are not looked for.',
    )
    .requiredOption(
      '--url <url>',
      'as it reaches the API: behind a proxy the inner URL, with --header for what the proxy adds',
    )
    .option('--method <method>', 'of the request', 'GET')
    .option('--token <token>', 'the access token: - for standard input, @file, or env:NAME')
    .option('--proof <proof>', 'the DPoP proof, in the same way')
    .option('--scheme <scheme>', 'Bearer or DPoP; otherwise DPoP where there is a proof')
    .option('--header <name:value>', 'a further header; may be repeated', collect, [])
    .option('--scope <scopes>', 'what the route requires', words)
    .option('--permission <permissions>', 'what the route requires', words)
    .option('--trust-hops <number>', 'how many proxies in front the API trusts', '0')
    .option('--jwks <file>', 'the keys of the issuer; nothing is fetched then')
    .addHelpText(
      'after',
      "\nExamples:\n  $ acme-auth explain --url https://api.example.com/me --token @token.txt\n  $ acme-auth explain --url http://10.0.0.5:3000/me --header 'x-forwarded-proto: https' --header 'x-forwarded-host: api.example.com' --token @token.txt --proof @proof.txt",
    )
    .action(async (flags: ExplainFlags) => {
      const token = flags.token === undefined ? undefined : await givenText('--token', flags.token, terminal)
      const proof = flags.proof === undefined ? undefined : await givenText('--proof', flags.proof, terminal)
      const { explainRequest } = await import('../explain/explain.js')
      tell(await explainRequest({ token, proof }, flags, terminal), flags.json === true)
    })
}
