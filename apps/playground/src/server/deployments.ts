import type { Api } from '@acme/sample-api/page'
import { APIS } from '@acme/sample-api/programs'
import type { ServerGroup } from '@acme/sample-api/programs'

import { nameOf } from './modes.js'
import type { Mode } from './modes.js'

/** The five servers in each mode, started when somebody wants them. */
export interface Deployments {
  /** Callers at the same time share one start. @throws when a server does not come up */
  in(mode: Mode): Promise<readonly Api[]>
  /** One of them does not answer: all of this mode end, and start when they are wanted next. */
  lost(mode: Mode): Promise<unknown>
  stop(): Promise<unknown>
}

/** What the servers trust. */
export interface Trusted {
  readonly issuer: string
  readonly audience: string
}

// Five processes each: of those that were not used lately, this machine has its memory back.
const MOST = 2

/** @param running - servers that run already, in the first mode */
export function createDeployments(
  group: ServerGroup,
  { issuer, audience }: Trusted,
  running: readonly Api[] = [],
): Deployments {
  const own = new Map<string, Promise<readonly Api[]>>()

  function start(mode: Mode): Promise<readonly Api[]> {
    const env = { AUTH0_ISSUER: issuer, AUTH0_AUDIENCE: audience, AUTH0_DPOP: mode.dpop, DPOP_NONCE: mode.nonce }
    return Promise.all(
      APIS.map(async (api) => {
        const { origin } = await group.start({ ...api, name: childOf(mode, api.name) }, env)
        return { name: api.name, origin }
      }),
    )
  }
  async function stopOldest(): Promise<void> {
    const [[oldest] = []] = own
    if (own.size <= MOST || oldest === undefined) return
    own.delete(oldest)
    await stopOthers()
  }
  function stopOthers(): Promise<unknown> {
    const kept = [...own.keys()].flatMap((mode) => APIS.map(({ name }) => `${name}, ${mode}`))
    return group.stopAllBut(kept)
  }
  return {
    async in(mode) {
      if (running.length > 0 && mode.dpop === 'allowed' && mode.nonce === 'heal') return running
      const name = nameOf(mode)
      const known = own.get(name) ?? start(mode)
      // The latest is the last.
      own.delete(name)
      own.set(name, known)
      try {
        const apis = await known
        await stopOldest()
        return apis
      } catch (error) {
        own.delete(name)
        throw error
      }
    },
    lost: async (mode) => (own.delete(nameOf(mode)) ? stopOthers() : undefined),
    stop: () => group.stop(),
  }
}

function childOf(mode: Mode, api: string): string {
  return `${api}, ${nameOf(mode)}`
}
