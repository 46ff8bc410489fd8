import { readFileSync } from 'node:fs'

import { expectCensus, routeCensus } from '@acme/auth-hono/census'
import type { SampleSettings } from '@acme/sample-api'
import { expect, test } from 'vitest'

import { createApp } from '../src/app.js'

const file = new URL('../census.json', import.meta.url)
const settings: SampleSettings = {
  host: '127.0.0.1',
  port: 0,
  trustProxy: false,
  auth: { issuer: 'https://issuer.test/', audience: 'https://api.example.com' },
  limits: { limit: 10, window: 60 },
}

test('the census of routes is the one that was reviewed', () => {
  const app = createApp(settings)
  expectCensus(app, file)
  expect(routeCensus(app)).toMatchObject(JSON.parse(readFileSync(file, 'utf8')) as object[])
})
