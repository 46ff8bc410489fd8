import { createRequire } from 'node:module'

import { describeContract } from '@acme/auth-conformance'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { startExpress } from '../../../auth-express/test/contract-server.js'

const require = createRequire(import.meta.url)

describe('Express 4.18.0', () => {
  it('is what this package installs', () => {
    expect(require('express/package.json')).toMatchObject({ name: 'express', version: '4.18.0' })
  })

  it('is what the contract server runs on', async () => {
    const { application } = require('express') as { application: { listen(): unknown } } // express 4 has no types of its own
    const listen = vi.spyOn(application, 'listen')
    const options = { issuer: 'https://issuer.test/', audience: 'https://api.test/' }
    const server = await startExpress({ options, trustProxy: false, routes: [] })
    await server.close()
    expect(listen).toHaveBeenCalledTimes(1)
    listen.mockRestore()
  })

  describeContract({ describe, it, beforeAll, afterAll }, startExpress)
})
