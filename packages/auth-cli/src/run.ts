import { CommanderError } from 'commander'

import { createProgram } from './program.js'
import { json, printable, UsageError } from './terminal.js'
import type { Terminal } from './terminal.js'

/**
 * Runs a command.
 *
 * @returns the exit code: 0 when all is well, 1 when something is to be mended, 2 when the call or the settings are wrong
 */
export async function run(args: readonly string[], terminal: Terminal): Promise<0 | 1 | 2> {
  let found = false
  const program = createProgram(terminal, (answer, isJson) => {
    found = answer.found
    terminal.stdout.write(`${isJson ? json(answer.value) : answer.text}\n`)
  })
  try {
    await program.parseAsync([...args], { from: 'user' })
    return found ? 1 : 0
  } catch (error) {
    // Commander has said already what is wrong; --help and --version end so as well.
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0
      if (args.includes('--json')) terminal.stdout.write(`${json({ error: error.message.replace(/^error: /, '') })}\n`)
      return 2
    }
    const { failureText } = await import('./failure.js')
    const message = printable(failureText(error), 2000)
    if (args.includes('--json')) terminal.stdout.write(`${json({ error: message })}\n`)
    terminal.stderr.write(`acme-auth: ${message}\n`)
    return isOfCaller(error) ? 2 : 1
  }
}

/** Core tells of wrong settings by TypeErrors; a bug of ours has no other sign, and is one to be told as well. */
function isOfCaller(error: unknown): boolean {
  return error instanceof UsageError || error instanceof TypeError
}
