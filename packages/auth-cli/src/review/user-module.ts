import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import { messageOf, UsageError } from '../terminal.js'

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
  try {
    const loaded = (await import(url.href)) as Readonly<Record<string, unknown>> // a namespace
    return { exports: loaded, load: (name) => require(name) as unknown }
  } catch (error) {
    throw new UsageError(`${file}: ${messageOf(error)}`)
  }
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
  if (found === undefined) throw new UsageError(`${file}: exports none of ${names.join(', ')}: --export names another`)
  return exports[found]
}
