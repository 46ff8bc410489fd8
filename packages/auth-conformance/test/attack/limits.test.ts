import { describe, expect, it } from 'vitest'

import { createPace } from '../../src/attack/pace.js'
import { attackTarget } from '../../src/attack/target.js'
import { attackApi } from '../../src/index.js'
import type { AttackOptions } from '../../src/index.js'
import { attackedApis } from './api.js'

const apis = attackedApis()

describe('where an attack goes', () => {
  it.each([
    'http://192.0.2.1/',
    'http://10.0.0.1:3000/',
    'http://0.0.0.0:3000/',
    'http://[2001:db8::1]/',
    'http://[::ffff:192.0.2.1]/',
    'http://128.0.0.1/',
    'http://126.255.255.255/',
  ])('does not go to %s', async (url) => {
    await expect(attackTarget(url)).rejects.toThrow('not this machine')
    await expect(attackApi(url, { fixture: apis.fixture })).rejects.toThrow(TypeError)
  })

  it.each([
    'http://127.0.0.1:3000/any',
    'http://127.8.9.1/',
    'http://[::1]:3000/',
    'http://localhost:3000/',
    'http://2130706433/',
  ])('goes to %s', async (url) => {
    const { address } = await attackTarget(url)
    expect(['127.0.0.1', '127.8.9.1', '::1']).toContain(address.host)
  })

  it('goes elsewhere when that is said, and to the address that was looked up', async () => {
    const { address, host } = await attackTarget('https://192.0.2.1:8443/any?x=1', { ownHost: true })
    expect([address, host]).toEqual([
      { host: '192.0.2.1', port: 8443, timeout: 10_000, tls: { servername: '' } },
      '192.0.2.1:8443',
    ])
  })

  it('goes to the address of a name at which somebody listens', async () => {
    const url = new URL(await apis.start())
    const addressesOf = async (): Promise<string[]> => ['::1', '127.0.0.1', '127.0.0.2']
    const { address } = await attackTarget(`http://localhost:${url.port}/any`, { addressesOf })
    expect(address.host).toBe('127.0.0.1')
  })

  it('connects to none where one of them is elsewhere', async () => {
    const addressesOf = async (): Promise<string[]> => ['127.0.0.1', '192.0.2.1']
    await expect(attackTarget('http://localhost.example/', { addressesOf })).rejects.toThrow('192.0.2.1, not this')
  })

  it.each([
    '',
    'any',
    'ftp://127.0.0.1/',
    'http://user:secret@127.0.0.1/',
    'ftp://a/?token=secret',
    'http://secret@[/',
    'file:///etc/passwd',
  ])('does not take %s for a URL', async (url) => {
    const error: unknown = await attackTarget(url).catch((thrown: unknown) => thrown)
    expect(String(error)).toContain('want the http or https URL')
    expect(String(error)).not.toContain('secret')
  })
})

describe('how fast it goes', () => {
  it('spreads requests evenly, and does not hurry after a break', async () => {
    let time = 0
    const waits: number[] = []
    const clock = {
      now: () => time,
      wait: async (milliseconds: number) => {
        waits.push(milliseconds)
        time += milliseconds
      },
    }
    const turn = createPace(50, clock)
    for (const _ of [1, 2, 3]) await turn()
    time += 1000
    for (const _ of [1, 2]) await turn()
    expect(waits).toEqual([20, 20, 20])
  })

  it('keeps to the rate with every request', async () => {
    let time = 0
    const clock = { now: () => time, wait: async (milliseconds: number) => void (time += milliseconds) }
    const { requests } = await apis.attacked({}, { rate: 10, clock, only: ['requirements', 'credentials'] })
    expect(time).toBe((requests - 1) * 100)
  })

  it.each<Partial<AttackOptions>>([
    { rate: 0 },
    { rate: -1 },
    { rate: 1001 },
    { rate: Number.NaN },
    { timeout: 0 },
    { timeout: Number.NaN },
    { only: ['everything'] },
  ])('refuses %o', async (options) => {
    await expect(apis.attacked({}, options)).rejects.toThrow(TypeError)
  })

  it('wants tokens from somewhere', async () => {
    await expect(attackApi('http://127.0.0.1:1/', {})).rejects.toThrow('want a fixture, or a given token')
  })

  it('stops when it is told to', async () => {
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(apis.attacked({}, { signal })).rejects.toThrow('enough')
  })
})
