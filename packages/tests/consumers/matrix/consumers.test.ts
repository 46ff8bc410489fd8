import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { beforeAll, describe, expect, inject, it } from 'vitest'

import { answersOf, asItShould } from './support/answers.js'
import { copy, project } from './support/project.js'
import { INSTALLATION, node, npm, npmInstall, pnpm, run } from './support/run.js'

describe('a project of Nest 11 with ts-jest, as its CLI makes it, installed by npm', () => {
  let cwd: string

  beforeAll(async () => {
    cwd = project('nest-jest', Object.keys(inject('tarballs')))
    await npmInstall(cwd)
  }, INSTALLATION)

  it('runs its tests, and requires each package', async () => {
    const { stderr } = await run(cwd, join(cwd, 'node_modules/.bin/jest'), [])
    expect(stderr).toMatch(/^Tests: +11 passed, 11 total$/m)
  })

  it('has one copy of the state, for modules and CommonJS', async () => {
    const { stdout } = await node(cwd, 'both.cjs')
    expect(JSON.parse(stdout)).toEqual({ sameError: true, statuses: [200, 400] })
  })

  it('has a tree without problems', async () => {
    const { stdout } = await npm(cwd, 'ls', '--json')
    expect(JSON.parse(stdout)).not.toHaveProperty('problems')
  })
})

describe('a project that has the adapter only, installed by pnpm', () => {
  let cwd: string

  beforeAll(async () => {
    cwd = project('pnpm-declarations', ['@acme/auth-express'])
    copy('apps', 'pnpm-declarations')
    // Not published yet, so that the adapter's own dependency is a tarball as well.
    const core = inject('tarballs')['@acme/auth-core']
    writeFileSync(join(cwd, 'pnpm-workspace.yaml'), `hoist: false\noverrides:\n  '@acme/auth-core': '${core}'\n`)
    await pnpm(cwd, 'install', '--prefer-offline')
  }, INSTALLATION)

  it('emits declarations, with claims of its own', async () => {
    await run(cwd, join(cwd, 'node_modules/.bin/tsc'), ['-p', '.'])
    expect(readFileSync(join(cwd, 'out/auth.d.ts'), 'utf8')).toContain('import("@acme/auth-express").ResourceServer')
  })

  it.each(['express.mjs', 'express.cjs'])('%s answers', async (file) => {
    expect(await answersOf(cwd, process.execPath, [file])).toEqual(asItShould)
  })
})

/** How npm reaches its registry on this machine, in Yarn's words. */
async function yarnSettings(cwd: string): Promise<Record<string, string>> {
  const names = {
    registry: 'YARN_NPM_REGISTRY_SERVER',
    cafile: 'YARN_HTTPS_CA_FILE_PATH',
    'strict-ssl': 'YARN_ENABLE_STRICT_SSL',
    'https-proxy': 'YARN_HTTPS_PROXY',
    proxy: 'YARN_HTTP_PROXY',
  }
  const settings: Record<string, string> = {}
  for (const [setting, variable] of Object.entries(names)) {
    const value = (await npm(cwd, 'config', 'get', setting)).stdout.trim()
    if (!['', 'null', 'undefined'].includes(value)) settings[variable] = value
  }
  return settings
}

describe("a project that has the adapter only, installed by Yarn with Plug'n'Play", () => {
  let cwd: string
  let yarn: string

  beforeAll(async () => {
    const cli = project('yarn-cli', [])
    await npmInstall(cli)
    yarn = join(cli, 'node_modules/@yarnpkg/cli-dist/bin/yarn.js')
    cwd = project('yarn', ['@acme/auth-express'])
    copy('apps', 'yarn')
    const file = join(cwd, 'package.json')
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as object // written by project()
    const resolutions = { '@acme/auth-core': inject('tarballs')['@acme/auth-core'] }
    writeFileSync(file, JSON.stringify({ ...manifest, resolutions }))
    writeFileSync(join(cwd, 'yarn.lock'), '')
    await run(cwd, process.execPath, [yarn, 'install'], await yarnSettings(cwd))
  }, INSTALLATION)

  it.each(['express.mjs', 'express.cjs'])('%s answers', async (file) => {
    const loaders = ['--require', './.pnp.cjs', '--experimental-loader', './.pnp.loader.mjs', '--no-warnings']
    expect(await answersOf(cwd, process.execPath, [...loaders, file])).toEqual(asItShould)
  })
})
