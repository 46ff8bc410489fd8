import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import { accepts } from '@acme/tests-servers'

import { documents, here, read, root } from './documents.js'

/** A TypeScript block of a README, of a guide, or of an `@example` in the sources. */
export interface Snippet {
  /** Where it stands: `README.md:31`. */
  readonly place: string
  readonly code: string
  /** Whether it starts a server and goes on, instead of ending by itself. */
  readonly serves: boolean
  /** Whether it stands in an `@example`. */
  readonly isExample: boolean
}

/** All snippets of the READMEs, the guides and the documents at the root. */
export function readSnippets(): Snippet[] {
  return [...documents().flatMap((path) => snippetsOf(path)), ...sources().flatMap((path) => examplesOf(path))]
}

/** The sources of the packages that are published. */
function sources(): string[] {
  return readdirSync(join(root, 'packages'))
    .filter((name) => name.startsWith('auth-'))
    .flatMap((name) => {
      const folder = join('packages', name, 'src')
      return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path))
    })
    .filter((path) => path.endsWith('.ts'))
}

/** Whether a function of the sources below a folder has an `@example` before it; undefined when there is no such function. */
export function exampleOf(folder: string, name: string): boolean | undefined {
  const declared = new RegExp(`^export (?:async )?function ${name}\\b`, 'm')
  for (const path of sources().filter((source) => source.startsWith(`${folder}/`))) {
    const text = read(path)
    const at = text.search(declared)
    if (at !== -1) return text.slice(text.lastIndexOf('/**', at), at).includes('@example')
  }
  return undefined
}

function examplesOf(path: string): Snippet[] {
  const text = readFileSync(join(root, path), 'utf8')
  return [...text.matchAll(/^ *\* ```ts\n(.*?)^ *\* ```$/gms)].map((match) => {
    const [, commented = ''] = match
    const code = commented.replaceAll(/^ *\* ?/gm, '')
    return { place: `${path}:${text.slice(0, match.index).split('\n').length}`, code, serves: false, isExample: true }
  })
}

function snippetsOf(path: string): Snippet[] {
  const text = readFileSync(join(root, path), 'utf8')
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => {
    const [, code = ''] = match
    const line = text.slice(0, match.index).split('\n').length
    return { place: `${path}:${line}`, code, serves: /\.listen\(|\bserve\(/.test(code), isExample: false }
  })
}

/** A program that was run. */
export interface Run {
  readonly exitCode: number | null
  readonly output: string
}

/** Runs a program to its end. */
export function run(file: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Run> {
  const child = spawn(file, args, { cwd: here, env })
  return finished(child)
}

/** What a process printed, when it has ended. */
export function finished(child: ChildProcess): Promise<Run> {
  return new Promise((resolve, reject) => {
    let output = ''
    child.stdout?.on('data', (chunk) => (output += String(chunk)))
    child.stderr?.on('data', (chunk) => (output += String(chunk)))
    child.on('error', reject)
    child.on('close', (exitCode) => resolve({ exitCode, output }))
  })
}

/** Resolves when something accepts connections; rejects when the process ends before. */
export async function listening(port: number, ended: Promise<Run>): Promise<void> {
  let over: Run | undefined
  void ended.then((result) => (over = result))
  while (!(await accepts(port, 'localhost'))) {
    if (over !== undefined) throw new Error(`ended with ${over.exitCode}: ${over.output}`)
    await setTimeout(25)
  }
}
