import { readFileSync } from 'node:fs'

import { expectCensus, routeCensus } from '@acme/auth-fastify/census'
import { readSettings } from '@acme/sample-api'
import { expect, test } from 'vitest'

import { createApp } from '../src/app.js'

const file = new URL('../census.json', import.meta.url)
const settings = readSettings({ AUTH0_ISSUER: 'https://issuer.test/', AUTH0_AUDIENCE: 'https://api.example.com' })

test('the census of routes is the one that was reviewed', async () => {
  const app = createApp(settings)
  await app.ready()
  expectCensus(app, file)
  expect(routeCensus(app)).toMatchObject(JSON.parse(readFileSync(file, 'utf8')) as object[])
  await app.close()
})
