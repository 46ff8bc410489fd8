import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'

import { UsageError } from './terminal.js'
import type { Terminal } from './terminal.js'

/**
 * Asks for a secret on the terminal, and shows nothing of it.
 *
 * @throws {UsageError} that names the variable, where there is no terminal to ask
 */
export async function askSecret(what: string, variable: string, { stdin, stderr }: Terminal): Promise<string> {
  if (stdin.isTTY !== true) throw new UsageError(`${what} is not known: set ${variable}, or give it as @file`)
  stderr.write(`${what}: `)
  // Readline echoes to its output: to nowhere.
  const output = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: stdin, output, terminal: true })
  const gone = new AbortController()
  // Ctrl-C and Ctrl-D: a question that nobody answers would never end.
  lines.on('SIGINT', () => gone.abort())
  lines.on('close', () => gone.abort())
  try {
    return (await lines.question('', { signal: gone.signal })).trim()
  } catch {
    throw new UsageError(`${what} was not given`)
  } finally {
    lines.close()
    stderr.write('\n')
  }
}
