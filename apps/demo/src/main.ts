import { parseArgs } from 'node:util'

import { APIS } from '@acme/sample-api/programs'

import { runDemo } from './demo.js'

const NAMES = APIS.map(({ name }) => name)

const USAGE = `Usage: npm run demo [-- --all] [-- --serve [--server NAME]]

  --all          print all rows and all servers
  --serve        keep the servers up after the matrix, with calls to try and a page
  --server NAME  which the calls are for: ${NAMES.join(', ')} (default: express)`

const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

process.exitCode = await main()

async function main(): Promise<number> {
  const given = readArguments()
  if (given === undefined) return 2
  const stop = new AbortController()
  let interrupted = 0
  for (const [signal, code] of Object.entries(SIGNALS)) {
    // Not `once`: npm passes on a Ctrl-C that came here by itself, and the second must not cut the stopping short.
    process.on(signal, () => {
      interrupted ||= code
      stop.abort()
    })
  }
  const status = await runDemo({ ...given, signal: stop.signal })
  // A signal is how serving ends, and cuts short everything else.
  return given.serve !== undefined && status === 0 ? 0 : interrupted || status
}

function readArguments(): { readonly all: boolean; readonly serve: string | undefined } | undefined {
  try {
    const { all, serve, server } = parseArgs({
      options: {
        all: { type: 'boolean', default: false },
        serve: { type: 'boolean', default: false },
        server: { type: 'string', default: 'express' },
      },
    }).values
    if (!NAMES.includes(server)) throw new Error(`--server ${server}: want one of ${NAMES.join(', ')}`)
    return { all, serve: serve ? server : undefined }
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
    return undefined
  }
}
