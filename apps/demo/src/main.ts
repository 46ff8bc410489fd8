import { parseArgs } from 'node:util'
import { runDemo } from './demo.js'

const USAGE = `Usage: npm run demo [-- --serve]

  --serve  keep everything up after the matrix, and print curl commands`

const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

process.exitCode = await main()

async function main(): Promise<number> {
  const serve = readArguments()
  if (serve === undefined) return 2
  const stop = new AbortController()
  let interrupted = 0
  for (const [signal, code] of Object.entries(SIGNALS)) {
    // Not `once`: npm passes on a Ctrl-C that came here by itself, and the second must not cut the stopping short.
    process.on(signal, () => {
      interrupted ||= code
      stop.abort()
    })
  }
  const status = await runDemo({ serve, signal: stop.signal })
  // A signal is how serving ends, and cuts short everything else.
  return serve && status === 0 ? 0 : interrupted || status
}

function readArguments(): boolean | undefined {
  try {
    return parseArgs({ options: { serve: { type: 'boolean', default: false } } }).values.serve
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
    return undefined
  }
}
