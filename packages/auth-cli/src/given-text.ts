import { readFile } from 'node:fs/promises'

import { messageOf, UsageError } from './terminal.js'
import type { Terminal } from './terminal.js'

// Characters: beyond what any server takes in a header.
const MOST_TEXT = 1_000_000

/**
 * A text that is given as `-` (standard input), `@file`, `env:NAME`, or as it is. A token in the arguments is seen by all who
 * may list processes, and stays in the history of the shell: so there is a warning.
 *
 * @throws {UsageError} when it cannot be read
 */
export async function givenText(name: string, given: string, terminal: Terminal): Promise<string> {
  const text = (await fromElsewhere(name, given, terminal))?.trim()
  if (text === '') throw new UsageError(`${name}: it is empty`)
  if (text !== undefined) return text
  terminal.stderr.write(
    `acme-auth: ${name} is seen in the list of processes and in the history of the shell: give it as -, @file or env:NAME\n`,
  )
  return given
}

/** The same for secrets, which are never taken from the arguments. @throws {UsageError} */
export async function givenSecret(name: string, given: string, terminal: Terminal): Promise<string> {
  const text = (await fromElsewhere(name, given, terminal))?.trim()
  if (text === undefined || text === '')
    throw new UsageError(`${name}: want -, @file or env:NAME, not the secret itself`)
  return text
}

async function fromElsewhere(name: string, given: string, terminal: Terminal): Promise<string | undefined> {
  if (given === '-') return readInput(name, terminal)
  if (given.startsWith('env:')) {
    const text = terminal.environment[given.slice(4)]
    if (text === undefined) throw new UsageError(`${name}: the variable ${given.slice(4)} is not set`)
    return text
  }
  if (!given.startsWith('@')) return undefined
  try {
    return await readFile(given.slice(1), 'utf8')
  } catch (error) {
    throw new UsageError(`${name}: ${messageOf(error)}`)
  }
}

async function readInput(name: string, { stdin, stderr }: Terminal): Promise<string> {
  if (stdin.isTTY === true) stderr.write(`acme-auth: waiting for ${name}: paste it, then a new line and Ctrl-D\n`)
  let text = ''
  for await (const chunk of stdin) {
    text += String(chunk)
    if (text.length > MOST_TEXT) throw new UsageError(`${name}: more than ${MOST_TEXT} characters`)
  }
  return text
}
