import { APIS, createServerGroup } from '@acme/sample-api/programs'
import { startTenant } from '@acme/tenant'
import type { Tenant } from '@acme/tenant'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { createDeployments } from '../src/server/deployments.js'
import { nameOf, readMode } from '../src/server/modes.js'

let tenant: Tenant

beforeAll(async () => {
  tenant = await startTenant()
})

afterAll(() => tenant.close())

test.each([
  ['sometimes', 'off'],
  ['allowed', 'maybe'],
  ['constructor', 'off'],
  [undefined, undefined],
  [['allowed'], 'off'],
])('%j, %j is no mode', (dpop, nonce) => {
  expect(readMode(dpop, nonce)).toBeUndefined()
})

test('without DPoP there are no nonces', () => {
  expect(readMode('disabled', 'required')).toEqual({ dpop: 'disabled', nonce: 'off' })
})

test('servers start once for callers at the same time, and of three modes the oldest stops', async () => {
  const deployments = createDeployments(createServerGroup(), tenant)
  try {
    const mode = { dpop: 'required', nonce: 'required' } as const
    const [first, same] = await Promise.all([deployments.in(mode), deployments.in(mode)])
    expect(same).toEqual(first)
    expect(first.map(({ name }) => name)).toEqual(APIS.map(({ name }) => name))
    // A challenge tells the mode.
    for (const { origin } of first) {
      const { status, headers } = await fetch(`${origin}/api/private`)
      expect(status).toBe(401)
      expect(headers.get('www-authenticate')).toMatch(/^DPoP /)
      expect(headers.get('www-authenticate')).not.toContain('Bearer')
    }
    const disabled = await deployments.in({ dpop: 'disabled', nonce: 'off' })
    await deployments.in({ dpop: 'allowed', nonce: 'off' })
    await expect(fetch(`${first[0]?.origin}/health`)).rejects.toThrow()
    expect((await fetch(`${disabled[0]?.origin}/health`)).status).toBe(200)
  } finally {
    await deployments.stop()
  }
})

test('servers that run already are those of the first mode, and are never stopped', async () => {
  const running = [{ name: 'express', origin: 'http://127.0.0.1:9' }]
  const deployments = createDeployments(createServerGroup(), tenant, running)
  expect(await deployments.in({ dpop: 'allowed', nonce: 'heal' })).toEqual(running)
})

test('servers of which one was lost start anew', async () => {
  const deployments = createDeployments(createServerGroup(), tenant)
  const mode = { dpop: 'allowed', nonce: 'off' } as const
  try {
    const first = await deployments.in(mode)
    await deployments.lost(mode)
    const next = await deployments.in(mode)
    expect(next.map(({ name }) => name)).toEqual(APIS.map(({ name }) => name))
    for (const { origin } of first) await expect(fetch(`${origin}/health`)).rejects.toThrow()
    for (const { origin } of next) expect((await fetch(`${origin}/health`)).status).toBe(200)
  } finally {
    await deployments.stop()
  }
})

test('a start that fails is tried again', async () => {
  const group = createServerGroup()
  const deployments = createDeployments(group, { issuer: 'no URL', audience: tenant.audience })
  const mode = { dpop: 'allowed', nonce: 'off' } as const
  await expect(deployments.in(mode)).rejects.toThrow(nameOf(mode))
  await expect(deployments.in(mode)).rejects.toThrow(nameOf(mode))
  await deployments.stop()
})
