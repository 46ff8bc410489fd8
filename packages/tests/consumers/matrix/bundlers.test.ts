import { mkdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

import { createTestIssuer } from '@acme/auth-testing'
import { Miniflare, Response as MiniflareResponse } from 'miniflare'
import type { Request as MiniflareRequest } from 'miniflare'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'

import { answersOf, ask, asItShould } from './support/answers.js'
import { ADAPTERS, copy, project } from './support/project.js'
import { INSTALLATION, node, npmInstall } from './support/run.js'

let cwd: string

beforeAll(async () => {
  cwd = project('bundlers', [...ADAPTERS, '@acme/auth-core'])
  copy('apps', 'bundlers')
  await npmInstall(cwd)
}, INSTALLATION)

const bundles = [
  { bundler: 'esbuild', entry: 'express.mjs', output: 'app.mjs' },
  { bundler: 'esbuild', entry: 'fastify.cjs', output: 'app.cjs' },
  { bundler: 'webpack', entry: 'express.mjs', output: 'app.cjs' },
  { bundler: 'webpack', entry: 'fastify.cjs', output: 'app.cjs' },
  { bundler: 'rollup', entry: 'express.mjs', output: 'app.mjs' },
  { bundler: 'rollup', entry: 'express.mjs', output: 'app.cjs' },
  { bundler: 'rolldown', entry: 'express.mjs', output: 'app.mjs' },
  { bundler: 'rolldown', entry: 'fastify.mjs', output: 'app.mjs' },
  { bundler: 'ncc', entry: 'express.cjs', output: 'app.cjs' },
  { bundler: 'ncc', entry: 'fastify.cjs', output: 'app.cjs' },
]

/** Bundles into a folder of its own, outside of what is installed. */
async function bundle(bundler: string, entry: string, output: string): Promise<string> {
  const file = join(dirname(cwd), 'bundled', `${bundler}-${entry}-${output}`, output)
  mkdirSync(dirname(file), { recursive: true })
  await node(cwd, 'bundle.mjs', bundler, `./${entry}`, file)
  return file
}

describe.concurrent('one file, alone in a folder', () => {
  it.each(bundles)('$bundler makes $output of $entry, which answers', async ({ bundler, entry, output }) => {
    const file = await bundle(bundler, entry, output)
    // Of Node's cryptography, which verifies faster than that of the web: bundlers know `node` as a condition, or do not.
    expect(readFileSync(file, 'utf8')).toContain('createPublicKey')
    expect(await answersOf(dirname(file), process.execPath, [basename(file)])).toEqual(asItShould)
  })

  it('is what a Worker runs, without anything of Node', async () => {
    const file = await bundle('worker', 'worker.mjs', 'worker.mjs')
    const contents = readFileSync(file, 'utf8')
    expect(contents).not.toMatch(/^import |(?<!async )\brequire\(/m)
    const issuer = await createTestIssuer({ issuer: 'https://issuer.test/', audience: 'https://api.test/' })
    const miniflare = new Miniflare({
      modules: [{ type: 'ESModule', path: 'worker.mjs', contents }],
      bindings: { ISSUER: issuer.issuer, AUDIENCE: issuer.audience },
      compatibilityDate: '2026-04-01',
      // What the Worker fetches comes from here.
      outboundService: async (request: MiniflareRequest) => {
        const answer = await issuer.fetch(request.url)
        return new MiniflareResponse(await answer.text(), { status: answer.status, headers: [...answer.headers] })
      },
    })
    onTestFinished(() => miniflare.dispose())
    const url = new URL('/items', await miniflare.ready).href
    expect(await ask(issuer, (headers) => fetch(url, { headers }), url)).toEqual(asItShould)
  })
})
