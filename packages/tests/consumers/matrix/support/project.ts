import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { inject } from 'vitest'

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
}

const projects = fileURLToPath(new URL('../../projects/', import.meta.url))

export const ADAPTERS = ['express', 'fastify', 'hono'].map((name) => `@acme/auth-${name}`)
/** All of ours but what only writers of adapters install. */
export const EVERYTHING = [...ADAPTERS, '@acme/auth-core', '@acme/auth-nestjs', '@acme/auth-testing']

/** Copies what is in `projects`, to a path below `folder`. */
export function copy(name: string, path: string): string {
  const target = join(inject('folder'), path)
  cpSync(join(projects, name), target, { recursive: true })
  return target
}

/** Copies a project, and makes it depend on tarballs. @returns where it is */
export function project(name: string, packages: readonly string[], path = name): string {
  const target = copy(name, path)
  const file = join(target, 'package.json')
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest // as npm reads it
  const ours = Object.fromEntries(packages.map((one) => [one, inject('tarballs')[one]]))
  writeFileSync(file, JSON.stringify({ ...manifest, dependencies: { ...manifest.dependencies, ...ours } }))
  return target
}
