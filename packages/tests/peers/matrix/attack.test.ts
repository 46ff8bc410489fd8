import { startSample } from '@acme/sample-api/suite'
import { freePort } from '@acme/tests-servers'
import { describe, expect, it } from 'vitest'

import { PEER_NAMES, startPeer } from '../src/index.js'
import { attack, faultsOf } from './support/attack.js'
import { FAULTS, WARNINGS } from './support/reviewed.js'

const AUDIENCE = 'https://api.example.test/'

describe.each(PEER_NAMES)('the sample API of %s', (name) => {
  it('has the faults that were reviewed, each named with its clause, and no other', async () => {
    const issuerPort = await freePort()
    const peer = await startPeer(name, { issuer: `http://127.0.0.1:${issuerPort}/`, audience: AUDIENCE })
    const args = ['--audience', AUDIENCE, '--scope', 'read:messages']
    const { code, report } = await attack(`${peer.origin}/read`, issuerPort, args)
    await peer.close()
    expect(report.stopped).toBeUndefined()
    expect(faultsOf(report, 'failed')).toEqual(FAULTS[name])
    expect(faultsOf(report, 'warned')).toEqual(WARNINGS[name])
    expect(code).toBe(1)
  })
})

const SAMPLES = {
  Express: ['express-api', {}],
  Fastify: ['fastify-api', {}],
  'NestJS on Express': ['nestjs-api', { NEST_PLATFORM: 'express' }],
  'NestJS on Fastify': ['nestjs-api', { NEST_PLATFORM: 'fastify' }],
  Hono: ['hono-api', {}],
} as const

type Mode = readonly [dpop: string, nonces: string, least: number]

/** On each framework; what is decided in core is tried on one alone. */
const MODES: readonly Mode[] = [
  ['allowed', 'off', 150],
  ['required', 'required', 150],
]
const FURTHER: readonly Mode[] = [
  ['allowed', 'required', 150],
  ['allowed', 'heal', 150],
  ['required', 'off', 150],
  ['disabled', 'off', 100],
]

describe.each(Object.entries(SAMPLES))('our sample API on %s', (_, [app, own]) => {
  it.each(app === 'hono-api' ? [...MODES, ...FURTHER] : MODES)(
    'is clean: DPoP %s, nonces %s',
    async (mode, nonces, least) => {
      const issuerPort = await freePort()
      const main = new URL(`../../../../apps/${app}/dist/main.js`, import.meta.url)
      const settings = { AUTH0_ISSUER: `http://127.0.0.1:${issuerPort}/`, AUTH0_AUDIENCE: AUDIENCE }
      const modes = { AUTH0_DPOP: mode, DPOP_NONCE: nonces }
      const sample = await startSample(main, { PORT: '0', ...settings, ...modes, ...own })
      const { code, report } = await attack(`${sample.origin}/api/messages`, issuerPort, ['--audience', AUDIENCE])
      sample.kill()
      expect([faultsOf(report, 'failed'), faultsOf(report, 'warned'), report.stopped]).toEqual([[], [], undefined])
      // That it looked at what is there.
      expect([code, report.dpop, report.nonces]).toEqual([0, mode, nonces === 'required'])
      expect(report.scopes).toEqual(['read:messages'])
      expect(report.results.filter(({ outcome }) => outcome === 'passed').length).toBeGreaterThan(least)
    },
  )
})
