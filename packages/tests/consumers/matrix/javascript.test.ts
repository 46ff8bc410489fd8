import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { beforeAll, describe, expect, it } from 'vitest'

import { answersOf, asItShould } from './support/answers.js'
import { installedBy } from './support/installed.js'
import { ADAPTERS, copy, EVERYTHING, project } from './support/project.js'
import { INSTALLATION, npm, npmInstall } from './support/run.js'

const LICENCES = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'ISC', 'MIT']

describe('projects in JavaScript, installed by npm for production', () => {
  let cwd: string

  beforeAll(async () => {
    cwd = project('javascript', [...EVERYTHING, '@acme/auth-redis', '@acme/auth-otel', '@acme/auth-conformance'])
    copy('apps', 'javascript')
    await npmInstall(cwd, '--omit=dev')
  }, INSTALLATION)

  it.each(ADAPTERS.map((name) => name.replace('@acme/auth-', '')).flatMap((name) => [`${name}.mjs`, `${name}.cjs`]))(
    '%s answers',
    async (file) => {
      expect(await answersOf(cwd, process.execPath, [file])).toEqual(asItShould)
    },
  )

  it('has a tree without problems, and without what is for development', async () => {
    const { stdout } = await npm(cwd, 'ls', '--all', '--json', '--omit=dev')
    expect(JSON.parse(stdout)).not.toHaveProperty('problems')
    expect(existsSync(join(cwd, 'node_modules/@types/express'))).toBe(false)
  })

  it('runs no script of ours at installation, nor of what ours bring', () => {
    const installed = installedBy(cwd)
    expect(installed.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['@acme/auth-core', 'fastify-plugin', 'jose']),
    )
    const scripts = installed.flatMap(({ name, scripts = {} }) =>
      ['preinstall', 'install', 'postinstall']
        .filter((script) => script in scripts)
        .map((script) => `${name}: ${script}`),
    )
    expect(scripts).toEqual([])
  })

  it('brings licences that ask for nothing but to be named', () => {
    const others = installedBy(cwd).filter(({ license = '' }) => !LICENCES.includes(license))
    expect(others.map(({ name, license }) => `${name}: ${license}`)).toEqual([])
  })
})
