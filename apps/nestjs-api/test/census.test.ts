import { readFileSync } from 'node:fs'

import { expectCensus, routeCensus } from '@acme/auth-nestjs/census'
import { readSettings } from '@acme/sample-api'
import { expect, test } from 'vitest'

import { createApp } from '../src/app.js'

const file = new URL('../census.json', import.meta.url)
const settings = readSettings({ AUTH0_ISSUER: 'https://issuer.test/', AUTH0_AUDIENCE: 'https://api.example.com' })

test.each(['express', 'fastify'] as const)(
  'the census of routes is the one that was reviewed, on %s',
  async (platform) => {
    const app = await createApp(settings, platform)
    await app.init()
    expectCensus(app, file)
    expect(routeCensus(app)).toMatchObject(JSON.parse(readFileSync(file, 'utf8')) as object[])
    await app.close()
  },
)
