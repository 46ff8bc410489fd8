import type { Command } from 'commander'

import { givenText } from '../given-text.js'
import { withOutput } from './command.js'
import type { CommandContext } from './command.js'

interface ProofFlags {
  readonly url: string
  readonly method: string
  readonly dpop: string
  readonly token?: string
  readonly nonce?: string
  readonly json?: boolean
}

export function addProof(program: Command, { terminal, tell }: CommandContext): void {
  withOutput(program.command('proof'))
    .summary('makes a DPoP proof for one request')
    .description('Makes a DPoP proof (RFC 9449) for one request, and prints it. Good for some minutes, and once.')
    .requiredOption('--url <url>', 'of the request, as the client addresses it')
    .requiredOption('--dpop <file>', 'the private key as a JWK: that of acme-auth token --dpop')
    .option('--method <method>', 'of the request', 'GET')
    .option('--token <token>', 'the access token that is sent beside it: -, @file or env:NAME')
    .option('--nonce <nonce>', 'what the server handed out as DPoP-Nonce')
    .addHelpText(
      'after',
      '\nExamples:\n  $ acme-auth proof --url https://api.example.com/me --dpop key.json --token @token.txt',
    )
    .action(async ({ url, method, dpop, token, nonce, json }: ProofFlags) => {
      const accessToken = token === undefined ? undefined : await givenText('--token', token, terminal)
      const [{ createDpopProof }, { keyPairAt }] = await Promise.all([
        import('@acme/auth-client/dpop'),
        import('../key-file.js'),
      ])
      const keyPair = await keyPairAt(dpop, terminal, { create: false })
      const proof = await createDpopProof({ keyPair, method, url, accessToken, nonce })
      tell({ found: false, value: { proof }, text: proof }, json === true)
    })
}
