import { createResourceServer, reportText } from '@acme/auth-core'
import type { ReportRow, ResourceServer } from '@acme/auth-core'
import { expectReport } from '@acme/auth-core/review'

import type { ReportFlags } from '../commands/report.js'
import { environmentOf, optionsOf } from '../settings.js'
import { UsageError } from '../terminal.js'
import type { Answer, Terminal } from '../terminal.js'
import { compared, reviewText } from './compared.js'
import { exportOf, loadUserModule } from './user-module.js'

/** What a resource server enforces, clause by clause, and whether that is as it was reviewed. */
export async function report(file: string | undefined, flags: ReportFlags, terminal: Terminal): Promise<Answer> {
  const server = file === undefined ? await ofSettings(flags, terminal) : await ofModule(file, flags)
  const rows = server.report()
  const { check, update } = flags
  const primary =
    check === undefined
      ? undefined
      : compared(() => expectReport(server, check, update === undefined ? {} : { update }))
  return {
    found: primary !== undefined,
    value: { ok: primary === undefined, primary: primary ?? null, report: rows },
    text: reviewText(reportText(rows), primary, terminal),
  }
}

async function ofSettings(flags: ReportFlags, terminal: Terminal): Promise<Pick<ResourceServer, 'report'>> {
  return createResourceServer(await optionsOf(flags, await environmentOf(flags, terminal)))
}

async function ofModule(file: string, flags: ReportFlags): Promise<Pick<ResourceServer, 'report'>> {
  const module = await loadUserModule(file)
  const found: unknown = await exportOf(module, flags.export, ['resourceServer', 'auth', 'default'], file)
  const server: unknown =
    typeof found === 'object' && found !== null && 'resourceServer' in found ? found.resourceServer : found
  if (typeof server === 'object' && server !== null && 'report' in server && typeof server.report === 'function')
    return server as { report: () => readonly ReportRow[] } // of some copy of core
  throw new UsageError(`${file}: want a resource server, or what createAuth() answers: --export names it`)
}
