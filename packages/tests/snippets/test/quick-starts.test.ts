import { join } from 'node:path'

import { freePort } from '@acme/tests-servers'
import { afterAll, describe, expect, it, vi } from 'vitest'

import { here, read } from './documents.js'
import { blocksOf, compile, project, says, start } from './follow.js'
import type { Block, Running } from './follow.js'
import { run } from './snippets.js'

const NAMES = ['express', 'fastify', 'hono', 'nestjs']
const pageOf = (name: string): string => read(`apps/docs/pages/start/${name}.md`)
const commandLine = join(here, 'node_modules/.bin/acme-auth')
const started: Running[] = []

afterAll(() => Promise.all(started.map((program) => program.stop())))

/** A page, with the first or another of its programs of one name: Nest's runs on Express and on Fastify. */
const VARIANTS = NAMES.flatMap((name) => {
  const programs = blocksOf(pageOf(name)).filter(({ language }) => language === 'ts')
  return programs.map((program, index) => [`${name} ${index + 1}`, blocksOf(pageOf(name)), program] as const)
})

describe('the quick starts', () => {
  it('are five programs', () => {
    expect(VARIANTS.map(([name]) => name)).toEqual(['express 1', 'fastify 1', 'hono 1', 'nestjs 1', 'nestjs 2'])
  })

  it('say the same but for the framework', () => {
    const texts = NAMES.map((name) => sharedTextOf(pageOf(name)))
    expect(texts[0]?.length).toBeGreaterThan(1000)
    for (const text of texts) expect(text).toBe(texts[0])
  })

  it.each(VARIANTS)('%s, followed step by step', async (name, blocks, program) => {
    const folder = project(name.replace(' ', '-'), filesOf(blocks, program))
    const issuer = await keep(start(['issuer.mjs'], folder, await freePort()))
    await vi.waitFor(() => expect(issuer.output()).toContain('VISITOR='))
    const tokens = Object.fromEntries(
      [...issuer.output().matchAll(/^(\w+)=(\S+)$/gm)].map(([, key, value]) => [key, value]),
    )
    if (program.file?.endsWith('.ts') === true) await compile(folder)
    const entry = program.file?.replace(/^src\/(.*)\.ts$/, 'dist/$1.js') ?? ''
    const api = await keep(
      start(['--env-file=.env', entry], folder, await freePort(), { AUTH0_ISSUER: `http://127.0.0.1:${issuer.port}/` }),
    )
    for (const [call, answer] of callsOf(blocks)) {
      const command = call.replace('localhost:3000', `localhost:${api.port}`).replace('npx @acme/auth-cli', commandLine)
      const { output } = await run('bash', ['-c', `cd '${folder}' && ${command}`], {
        ...process.env,
        ...tokens,
        AUTH0_ISSUER: `http://127.0.0.1:${issuer.port}/`,
      })
      expect(unsaid(output, answer)).toEqual([])
    }
    const log = blocks.find(({ code }) => code.startsWith('acme-auth:'))?.code ?? ''
    expect(log).toContain('scope_missing')
    await vi.waitFor(() => expect(unsaid(api.output(), log)).toEqual([]))
  })
})

async function keep(starting: Promise<Running>): Promise<Running> {
  const program = await starting
  started.push(program)
  return program
}

/** The files that a page has people save, with one of its programs. */
function filesOf(blocks: readonly Block[], program: Block): Record<string, string> {
  const others = blocks.filter(({ language, file }) => file !== undefined && language !== 'ts')
  return Object.fromEntries([...others, program].map(({ file = '', code }) => [file, code]))
}

/** Each call by curl or by the command line, and what the page shows of the answer. */
function callsOf(blocks: readonly Block[]): [string, string][] {
  return blocks.flatMap(({ code }, index): [string, string][] =>
    /^(curl|echo) /.test(code) ? [[code.trim(), blocks[index + 1]?.code ?? '']] : [],
  )
}

/** The lines of a document that a text does not have. */
function unsaid(text: string, lines: string): string[] {
  return lines.split('\n').filter((line) => !says(text, line))
}

/** Without what is of one framework: names, what is installed, the program and how it is started. */
function sharedTextOf(page: string): string {
  const [head = '', rest = ''] = page.split('## Install')
  const [install = '', after = ''] = rest.split('## An issuer')
  const [issuer = ''] = after.split(/^The API, as|^How TypeScript/m)
  const [, calls = ''] = rest.split('It stops at once')
  const names = /Express|Fastify|Hono|NestJS|-(express|fastify|hono|nestjs)/g
  const versions = / in ten minutes\..*, Node/
  const shared = [head.replace(versions, ' Node'), install.replaceAll(/^npm .*\n/gm, ''), issuer, calls].join('')
  return shared.replaceAll(names, 'X')
}
