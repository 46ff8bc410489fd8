import { readArguments, USAGE } from './arguments.js'
import type { Settings } from './arguments.js'
import { createReport, formatReport, writeReport } from './report.js'
import { soak } from './soak.js'

// As it is deployed: elsewhere each refusal is logged.
process.env['NODE_ENV'] ??= 'production'

process.exitCode = await main()

async function main(): Promise<number> {
  const settings = settingsFrom(process.argv.slice(2))
  if (settings === undefined) return 2
  const stop = new AbortController()
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.on(signal, () => stop.abort())
  try {
    console.log(`${settings.seconds} s of load on ${settings.programs.map(({ name }) => name).join(', ')}`)
    const observed = await soak(settings, stop.signal)
    // Figures of a part of the run would pass for those of the whole.
    if (stop.signal.aborted) return 130
    const report = createReport(settings, observed)
    console.log(`\n${formatReport(report)}\n\n${await writeReport(report)}`)
    return report.failures.length === 0 ? 0 : 1
  } catch (error) {
    // A terminal hands Ctrl-C to the servers, too.
    if (stop.signal.aborted) return 130
    console.error(error)
    return 1
  }
}

function settingsFrom(args: readonly string[]): Settings | undefined {
  try {
    return readArguments(args)
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
    return undefined
  }
}
