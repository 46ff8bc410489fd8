import type { Command } from 'commander'

import { withOutput } from './command.js'
import type { CommandContext } from './command.js'

export interface RoutesFlags {
  readonly export?: string
  readonly check?: string
  readonly update?: boolean
  readonly json?: boolean
}

export function addRoutes(program: Command, { terminal, tell }: CommandContext): void {
  withOutput(program.command('routes'))
    .summary('what protects each route of an application')
    .description(
      'Runs a module that exports an application of Express, Fastify, NestJS or Hono, or a function that makes one, and lists what protects each of its routes. Exit code 1 where something is open and nobody said why; with --check, where that is not as it was reviewed.',
    )
    .argument('<module>', 'JavaScript; exports app, default, createApp or server')
    .option('--export <name>', 'the export that it is')
    .option('--check <file>', 'compares with a reviewed file, for CI')
    .option('--update', 'writes the file of --check anew; never in CI')
    .addHelpText(
      'after',
      '\nExamples:\n  $ acme-auth routes dist/app.js\n  $ acme-auth routes dist/app.js --check census.json',
    )
    .action(async (file: string, flags: RoutesFlags) => {
      const { routes } = await import('../review/routes.js')
      tell(await routes(file, flags, terminal), flags.json === true)
    })
}
