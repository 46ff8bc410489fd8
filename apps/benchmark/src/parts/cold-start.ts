import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import type { Plan, Round } from '../rounds.js'
import type { Measured, Part } from './part.js'

/** What it takes to load the core, for platforms that start a process for a request. */
export const coldStart: Part = { name: 'cold', title: 'Cold start', run }

export const PACKAGES = 'packages that core brings along'

export function importName(module: string): string {
  return `import of ${module}, ms CPU over an empty process`
}

function elapsedName(module: string): string {
  return `import of ${module}, ms elapsed over an empty process`
}

const MODULES = ['@acme/auth-core', 'jose', 'express-oauth2-jwt-bearer']
const MAIN = fileURLToPath(new URL('../main.js', import.meta.url))
const start = promisify(execFile)

async function run(plan: Plan): Promise<Measured> {
  const packages = await countPackages('@acme/auth-core')
  // So that the files are in the system's cache.
  for (const module of MODULES) await load(module)
  const rounds: Round[] = []
  for (let index = 0; index < plan.rounds; index++) {
    const round: Record<string, number> = { [PACKAGES]: packages }
    for (const module of MODULES) {
      const empty = await load()
      const loaded = await load(module)
      round[importName(module)] = (loaded.cpu - empty.cpu) / 1000
      round[elapsedName(module)] = (loaded.wall - empty.wall) / 1000
    }
    rounds.push(round)
  }
  return { rounds, notes: [] }
}

interface Costs {
  readonly cpu: number
  readonly wall: number
}

/** A fresh process that loads a module, or nothing, and tells what it has used since it began. */
async function load(module?: string): Promise<Costs> {
  const { stdout } = await start(process.execPath, [MAIN, 'cold-start', ...(module === undefined ? [] : [module])])
  return JSON.parse(stdout) as Costs // printed by main.ts
}

async function countPackages(name: string, from: string = import.meta.url): Promise<number> {
  const path = createRequire(from).resolve(`${name}/package.json`)
  const { dependencies = {} } = JSON.parse(await readFile(path, 'utf8')) as { dependencies?: Record<string, string> } // a manifest
  let count = 0
  for (const dependency of Object.keys(dependencies)) count += 1 + (await countPackages(dependency, path))
  return count
}
