import type { Command } from 'commander'

import type { SettingFlags } from '../settings.js'
import { withSettings } from './command.js'
import type { CommandContext } from './command.js'

export interface ReportFlags extends SettingFlags {
  readonly export?: string
  readonly check?: string
  readonly update?: boolean
}

export function addReport(program: Command, { terminal, tell }: CommandContext): void {
  withSettings(program.command('report'))
    .summary('what an API enforces, clause by clause')
    .description(
      'Lists what a resource server enforces, who decided it, and the clause that demands it: of a module that exports what createAuth() answers, or of the settings alone. With --check, exit code 1 where that is not as it was reviewed.',
    )
    .argument('[module]', 'JavaScript; exports resourceServer, auth or default')
    .option('--export <name>', 'the export that it is')
    .option('--check <file>', 'compares with a reviewed file, for CI')
    .option('--update', 'writes the file of --check anew; never in CI')
    .addHelpText('after', '\nExamples:\n  $ acme-auth report\n  $ acme-auth report dist/auth.js --check enforced.json')
    .action(async (file: string | undefined, flags: ReportFlags) => {
      const { report } = await import('../review/report.js')
      tell(await report(file, flags, terminal), flags.json === true)
    })
}
