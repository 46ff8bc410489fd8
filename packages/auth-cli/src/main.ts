import { run } from './run.js'

// A pipe that was closed, as by `head`, is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

const stop = new AbortController()
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  // The terminal was closed.
  ['SIGHUP', 129],
] as const) {
  process.once(signal, () => {
    stop.abort()
    // For commands that have nothing to end.
    setTimeout(() => process.exit(code), 500).unref()
  })
}

process.exitCode = await run(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  signal: stop.signal,
})
// A module of an application that was looked at may listen, or have timers. What was written to a pipe arrives before.
process.stdout.write('', () => process.stderr.write('', () => process.exit()))
