import { createRequire } from 'node:module'

import { describeContract } from '@acme/auth-conformance'
import type { StartContractServer } from '@acme/auth-conformance'
import { HttpException } from '@nestjs/common'
import type { INestApplication } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { Auth0Exception } from '../../../auth-nestjs/src/index.js'
import { startNestOnExpress, startNestOnFastify } from '../../../auth-nestjs/test/contract-server.js'

const require = createRequire(import.meta.url)

/** What CommonJS gets from this package's own installation. */
function installed(module: string): Readonly<Record<string, unknown>> {
  return require(module) as Readonly<Record<string, unknown>> // a module's exports
}

/** The platform adapter of the application that a contract server makes with the factory that tests import. */
async function platformOf(start: StartContractServer): Promise<unknown> {
  const create = vi.spyOn(NestFactory, 'create')
  const options = { issuer: 'https://issuer.test/', audience: 'https://api.test/' }
  const server = await start({ options, trustProxy: false, routes: [] })
  const created: unknown = await create.mock.results[0]?.value
  create.mockRestore()
  await server.close()
  return (created as INestApplication | undefined)?.getHttpAdapter().constructor // what create() resolves to
}

describe('NestJS 11.0.1', () => {
  it.each(['common', 'core', 'platform-express', 'platform-fastify'])('is what this package installs: %s', (name) => {
    expect(require(`@nestjs/${name}/package.json`)).toMatchObject({ name: `@nestjs/${name}`, version: '11.0.1' })
  })

  it('is what tests import', () => {
    expect(HttpException).toBe(installed('@nestjs/common')['HttpException'])
    expect(NestFactory).toBe(installed('@nestjs/core')['NestFactory'])
    expect(ExpressAdapter).toBe(installed('@nestjs/platform-express')['ExpressAdapter'])
    expect(FastifyAdapter).toBe(installed('@nestjs/platform-fastify')['FastifyAdapter'])
  })

  it('is what the adapter extends', () => {
    expect(Object.getPrototypeOf(Auth0Exception)).toBe(HttpException)
  })

  it('is what the contract servers run on', async () => {
    expect(await platformOf(startNestOnExpress)).toBe(ExpressAdapter)
    expect(await platformOf(startNestOnFastify)).toBe(FastifyAdapter)
  })

  describe('on Express', () => {
    describeContract({ describe, it, beforeAll, afterAll }, startNestOnExpress)
  })

  describe('on Fastify', () => {
    describeContract({ describe, it, beforeAll, afterAll }, startNestOnFastify)
  })
})
