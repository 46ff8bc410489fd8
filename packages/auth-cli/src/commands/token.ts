import { Argument } from 'commander'
import type { Command } from 'commander'

import type { ClientFlags } from '../client.js'
import { withClient, words } from './command.js'
import type { CommandContext } from './command.js'

/** How a token is got. */
export type GrantName = 'client-credentials' | 'login' | 'refresh' | 'exchange'

export interface TokenFlags extends ClientFlags {
  readonly dpop?: string
  readonly save?: string
  readonly refreshToken?: string
  readonly subjectToken?: string
  readonly subjectTokenType?: string
  readonly port: string
  readonly open: boolean
  readonly acr?: readonly string[]
  readonly maxAge?: string
}

const GRANTS: readonly GrantName[] = ['client-credentials', 'login', 'refresh', 'exchange']

export function addToken(program: Command, { terminal, tell }: CommandContext): void {
  withClient(program.command('token'))
    .summary('gets an access token, by any grant')
    .description(
      'Gets an access token and prints it, and nothing else, on standard output: for the client itself, for a user who logs in with a browser (code with PKCE, by a redirect to this machine), by a refresh token, or in exchange for another token.',
    )
    .addArgument(new Argument('[grant]', 'how').choices(GRANTS).default('client-credentials'))
    .option('--dpop <file>', 'binds the token to the key in this file, which is made where there is none')
    .option(
      '--save <file>',
      'writes all tokens, the refresh token included, to a file that only you may read; refresh wants one',
    )
    .option('--refresh-token <token>', 'for refresh: -, @file or env:NAME; a file of --save will do')
    .option('--subject-token <token>', 'for exchange: -, @file or env:NAME')
    .option('--subject-token-type <type>', 'for exchange: a URI', 'urn:ietf:params:oauth:token-type:access_token')
    .option('--port <port>', 'for login: where the browser comes back to, http://127.0.0.1:PORT/callback', '0')
    .option('--acr <values>', 'for login: how strong it has to be, as acr_values of a challenge', words)
    .option('--max-age <seconds>', 'for login: how long ago it may be, as max_age of a challenge')
    .option('--no-open', 'for login: starts no browser, and prints the URL alone')
    .addHelpText(
      'after',
      '\nExamples:\n  $ acme-auth token --scope read:messages\n  $ acme-auth token login --client-id my-app --scope "openid offline_access" --save tokens.json --dpop key.json\n  $ acme-auth token refresh --refresh-token @tokens.json --save tokens.json --dpop key.json',
    )
    .action(async (grant: GrantName, flags: TokenFlags) => {
      const { token } = await import('../token/token.js')
      tell(await token(grant, flags, terminal), flags.json === true)
    })
}
