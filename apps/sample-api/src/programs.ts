import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A program of this repository that says `listening on URL` when it is ready. */
export interface Program {
  readonly name: string
  readonly script: URL
  readonly environment?: Readonly<Record<string, string>>
}

/** What starts an app of this repository; `src` and `dist` lie at the same depth. */
export function mainOf(folder: string): URL {
  return new URL(`../../${folder}/dist/main.js`, import.meta.url)
}

/** The same API on each framework. */
export const APIS: readonly Program[] = [
  { name: 'express', script: mainOf('express-api') },
  { name: 'fastify', script: mainOf('fastify-api') },
  { name: 'nest/express', script: mainOf('nestjs-api'), environment: { NEST_PLATFORM: 'express' } },
  { name: 'nest/fastify', script: mainOf('nestjs-api'), environment: { NEST_PLATFORM: 'fastify' } },
  { name: 'hono', script: mainOf('hono-api') },
]

export interface Server {
  readonly name: string
  /** Without a slash at the end. */
  readonly origin: string
}

/** The child processes of one run: started one by one, stopped together. */
export interface ServerGroup {
  /** @throws {Error} when the program ends, or is not ready within three minutes; the message has its output. */
  start(program: Program, environment?: Readonly<Record<string, string>>): Promise<Server>
  /** All that a child printed so far. */
  outputOf(name: string): string
  /** Resolves with the name of the first child that ends. */
  firstEnd(): Promise<string>
  /** Calls back with each line that a child prints from now on. */
  follow(name: string, line: (text: string) => void): void
  /** Ends all children but some. @returns the names of those that did not end with 0 on SIGTERM. */
  stopAllBut(names: readonly string[]): Promise<string[]>
  /** Ends all children. @returns the names of those that did not end with 0 on SIGTERM. */
  stop(): Promise<string[]>
}

interface Child {
  readonly name: string
  readonly process: ChildProcess
  readonly ended: Promise<unknown>
  output: string
}

const READY = /^listening on (http:\/\/\S+)$/m
const READY_WITHIN = 180_000
const STOPPED_WITHIN = 60_000

export function createServerGroup(): ServerGroup {
  const children: Child[] = []
  // The last resort, for an end that skips stop(): no child outlives this process.
  const killAll = (): void => children.forEach((child) => child.process.kill('SIGKILL'))
  process.once('exit', killAll)
  return {
    async start(program, environment = {}) {
      const child = spawnProgram(program, environment)
      children.push(child)
      return { name: program.name, origin: await readyOrigin(child) }
    },
    outputOf: (name) => children.find((child) => child.name === name)?.output ?? '',
    firstEnd: () => Promise.race(children.map((child) => child.ended.then(() => child.name))),
    follow(name, line) {
      const { stdout, stderr } = children.find((child) => child.name === name)?.process ?? {}
      for (const stream of [stdout, stderr]) if (stream) createInterface(stream).on('line', line)
    },
    async stopAllBut(names) {
      const others = children.filter((child) => !names.includes(child.name))
      const stopped = await Promise.all(others.map(stopChild))
      for (const child of others) children.splice(children.indexOf(child), 1)
      return others.filter((_, index) => !stopped[index]).map((child) => child.name)
    },
    async stop() {
      const stopped = await Promise.all(children.map(stopChild))
      process.off('exit', killAll)
      return children.filter((_, index) => !stopped[index]).map((child) => child.name)
    },
  }
}

function spawnProgram({ name, script, environment }: Program, shared: Readonly<Record<string, string>>): Child {
  const spawned = spawn(process.execPath, [fileURLToPath(script)], {
    env: { ...inherited(), ...shared, ...environment, PORT: '0', HOST: '127.0.0.1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise((resolve) => spawned.once('close', resolve).once('error', resolve))
  const child: Child = { name, process: spawned, ended, output: '' }
  const keep = (text: string): void => void (child.output += text)
  spawned.stdout.setEncoding('utf8').on('data', keep)
  spawned.stderr.setEncoding('utf8').on('data', keep)
  spawned.once('error', (error) => keep(String(error)))
  return child
}

// Settings of the caller's shell, such as AUTH0_DPOP, must not reach the programs.
function inherited(): NodeJS.ProcessEnv {
  const names = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'SystemRoot']
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
}

function readyOrigin(child: Child): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => reject(new Error(`${child.name} ${reason}\n${child.output}`.trimEnd()))
    const timer = setTimeout(() => fail(`was not ready within ${READY_WITHIN / 1000} s`), READY_WITHIN)
    child.process.stdout?.on('data', () => {
      const origin = READY.exec(child.output)?.[1]
      if (origin === undefined) return
      clearTimeout(timer)
      resolve(origin)
    })
    void child.ended.then(() => {
      clearTimeout(timer)
      fail('ended before it was ready')
    })
  })
}

/** @returns whether it ended with 0, and by itself. */
async function stopChild({ process: child, ended }: Child): Promise<boolean> {
  if (child.pid === undefined || hasEnded(child)) return false
  const timer = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN)
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
  clearTimeout(timer)
  await ended
  return child.exitCode === 0
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}
