import { spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { here } from './documents.js'
import { finished, listening, run } from './snippets.js'
import type { Run } from './snippets.js'

/** A fenced block of a document. */
export interface Block {
  readonly language: string
  readonly code: string
  /** The file that the line above it names last, as code. */
  readonly file: string | undefined
}

export function blocksOf(text: string): Block[] {
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(({ 1: language = '', 2: code = '', index }) => {
    const above = text.slice(0, index).trimEnd().split('\n').at(-1) ?? ''
    return { language, code, file: [...above.matchAll(/`([\w./-]*\.\w+)`/g)].at(-1)?.[1] }
  })
}

/** A folder like that of somebody who has installed the packages; what was in it is gone. */
export function project(name: string, files: Readonly<Record<string, string>>): string {
  const folder = join(here, '.followed', name)
  rmSync(folder, { recursive: true, force: true })
  for (const [file, text] of Object.entries({ 'package.json': '{ "type": "module" }', ...files })) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  return folder
}

/** Compiles a project as its `tsconfig.json` says, or as people who have none. @throws what the compiler says */
export async function compile(folder: string): Promise<void> {
  const { exitCode, output } = await run('node_modules/.bin/tsc', ['-p', folder])
  if (exitCode !== 0) throw new Error(output)
}

/** A program that runs until it is stopped. */
export interface Running {
  readonly port: number
  /** What it has printed. */
  output(): string
  stop(): Promise<void>
}

/** Starts a program that listens on `PORT`. */
export async function start(
  args: readonly string[],
  cwd: string,
  port: number,
  environment: NodeJS.ProcessEnv = {},
): Promise<Running> {
  const env = { ...process.env, NODE_ENV: 'development', ...environment, PORT: String(port) }
  const child = spawn(process.execPath, args, { cwd, env })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)))
  const ended: Promise<Run> = finished(child)
  const stop = async (): Promise<void> => {
    child.kill()
    await ended
  }
  try {
    await listening(port, ended)
  } catch (error) {
    await stop()
    throw error
  }
  return { port, output: () => output, stop }
}

/** Whether a text has a line of a document in it, where `…` stands for anything. Names of headers are of any case. */
export function says(text: string, line: string): boolean {
  const parts = line.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(parts.join('.*'), 'i').test(text)
}
