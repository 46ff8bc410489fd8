import { createRequire } from 'node:module'

import { Command } from 'commander'

import type { Tell } from './commands/command.js'
import { addCommands } from './commands/commands.js'
import type { Terminal } from './terminal.js'

/** The command line. What a command needs is loaded when it is called. */
export function createProgram(terminal: Terminal, tell: Tell): Command {
  const { version } = createRequire(import.meta.url)('../package.json') as { version: string } // our own
  const program = new Command('acme-auth')
    .description('Says why access tokens and DPoP proofs are refused, and which one thing to mend first.')
    .version(version)
    .helpCommand(true)
    .showHelpAfterError('(acme-auth --help tells more)')
    .addHelpText('after', EXAMPLES)
  addCommands(program, { terminal, tell })
  for (const command of [program, ...program.commands]) {
    command.exitOverride()
    command.configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
    })
  }
  return program
}

const EXAMPLES = `
Examples:
  $ acme-auth doctor                              checks the settings, the issuer, Redis
  $ acme-auth doctor --api https://api.example.com/me
  $ pbpaste | acme-auth inspect -                 what a token says, and what this API would say
  $ acme-auth explain --url https://api.example.com/me --token @token.txt --proof @proof.txt

Settings are read as the middleware reads them: AUTH0_DOMAIN or AUTH0_ISSUER, AUTH0_AUDIENCE, AUTH0_DPOP.
Exit codes: 0 all is well, 1 something is to be mended, 2 the call or the settings are wrong.`
