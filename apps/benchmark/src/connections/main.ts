import { readArguments, USAGE } from './arguments.js'
import type { Settings } from './arguments.js'
import { measureIdle } from './idle.js'
import { failures, formatReport } from './report.js'
import { soak } from './soak.js'

process.exitCode = await main()

async function main(): Promise<number> {
  const settings = settingsFrom(process.argv.slice(2))
  if (settings === undefined) return 2
  const stop = new AbortController()
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.on(signal, () => stop.abort())
  try {
    console.log(`${settings.connections} connections for ${settings.seconds} s, on express and hono`)
    const observed = await soak(settings, stop.signal)
    if (stop.signal.aborted) return 130
    const idle = settings.idle === 0 ? undefined : await measureIdle(settings.idle)
    console.log(`\n${formatReport(settings, observed, idle)}`)
    return failures(observed, idle).length === 0 ? 0 : 1
  } catch (error) {
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
