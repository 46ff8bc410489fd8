import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type { AuthEvent } from '../src/outcome/events.js'

const options = { domain: 'tenant.example.com', audience: 'https://api.example.com' }
const MANY = { type: 'warning', code: 'many_resource_servers', detail: expect.stringMatching(/^251 resource servers/) }

/** Core as a process that has just started has it. */
async function freshCore() {
  vi.resetModules()
  return import('../src/resource-server.js')
}

let emitWarning: ReturnType<typeof vi.spyOn>
beforeEach(() => {
  emitWarning = vi.spyOn(process, 'emitWarning').mockReturnValue()
})
afterEach(() => {
  vi.restoreAllMocks()
})

describe('more than 250 resource servers in one process', () => {
  it('are warned of once, by the hook of the one that is too many', async () => {
    const { createResourceServer } = await freshCore()
    const events: AuthEvent[] = []
    const make = (times: number): void => {
      for (let count = 0; count < times; count++)
        createResourceServer({ ...options, onEvent: (one) => events.push(one) })
    }
    make(250)
    expect(events).toEqual([])
    make(200)
    expect(events).toEqual([MANY])
    expect(emitWarning).not.toHaveBeenCalled()
  })

  it('without a hook the process warns, once', async () => {
    const { createResourceServer } = await freshCore()
    for (let count = 0; count < 300; count++) createResourceServer(options)
    expect(emitWarning.mock.calls).toEqual([
      [expect.stringMatching(/^251 resource servers/), { type: 'AuthWarning', code: 'many_resource_servers' }],
    ])
  })

  it('a hook that throws changes nothing', async () => {
    const { createResourceServer } = await freshCore()
    const onEvent = vi.fn<() => void>(() => {
      throw new Error('the log is full')
    })
    for (let count = 0; count < 252; count++) createResourceServer({ ...options, onEvent })
    expect(onEvent).toHaveBeenCalledTimes(1)
  })

  it('ones that cannot be made do not count', async () => {
    const { createResourceServer } = await freshCore()
    for (let count = 0; count < 300; count++) expect(() => createResourceServer({})).toThrow(TypeError)
    expect(emitWarning).not.toHaveBeenCalled()
  })
})
