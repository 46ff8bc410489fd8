import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'

import { messageOf, printable, UsageError } from '../terminal.js'

/** A module of an application, as it is when it has run. */
export interface UserModule {
  /** Its exports by name, and those of its default export. */
  readonly exports: Readonly<Record<string, unknown>>
  /** Loads a package as the module itself would: marks of guards are known by the copy that made them. */
  readonly load: (name: string) => unknown
}

/** Runs a module of an application. @throws {UsageError} when it cannot be loaded */
export async function loadUserModule(file: string): Promise<UserModule> {
  const url = pathToFileURL(resolve(file))
  const require = createRequire(url)
  process.on('uncaughtException', outliveListening)
  try {
    const loaded = (await import(url.href)) as Readonly<Record<string, unknown>> // a namespace
    return { exports: loaded, load: (name) => require(name) as unknown }
  } catch (error) {
    throw new UsageError(`${file}: ${messageOf(error)}`)
  }
}

/** An application that listens when it is loaded may run already: where it listens is of no matter here. */
function outliveListening(error: Error): void {
  const isListening = 'syscall' in error && error.syscall === 'listen'
  const told = isListening ? `acme-auth: the module would listen: ${printable(error.message)}` : inspect(error)
  process.stderr.write(`${told}\n`)
  if (!isListening) process.exit(1)
}

/** The export of a name, or the first that there is of some. @throws {UsageError} */
export async function exportOf(
  { exports }: UserModule,
  name: string | undefined,
  usual: readonly string[],
  file: string,
): Promise<unknown> {
  const names = name === undefined ? usual : [name]
  const found = names.find((one) => exports[one] !== undefined)
  if (found === undefined)
    throw new UsageError(`${file}: exports none of ${names.join(', ')}: export it, or name another with --export`)
  return exports[found]
}
