import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface InstalledManifest {
  readonly name: string
  readonly license?: string
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** Our packages in a folder, and all that they depend on, at any depth: the frameworks are the application's. */
export function installedBy(folder: string): readonly InstalledManifest[] {
  const scope = join(folder, 'node_modules/@acme')
  const found = new Map<string, InstalledManifest>()
  for (const name of readdirSync(scope)) visit(join(scope, name), found)
  return [...found.values()]
}

function visit(path: string, found: Map<string, InstalledManifest>): void {
  if (found.has(path)) return
  const manifest = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as InstalledManifest // as npm reads it
  found.set(path, manifest)
  for (const name of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
    visit(resolve(path, name), found)
  }
}

/** As Node looks packages up. */
function resolve(from: string, name: string): string {
  const path = join(from, 'node_modules', name)
  if (existsSync(join(path, 'package.json'))) return path
  if (dirname(from) === from) throw new Error(`${name} is not installed`)
  return resolve(dirname(from), name)
}
