import type { Mistake } from './mistake.js'
import type { World } from './world.js'

/** What all have that look at a deployed API. */
export const AT = { atHand: 'the URL of the API', command: 'acme-auth doctor --api https://api.example.com/me' }

/** Starts an API, or what stands in front of one. */
export type Deployed = (world: World) => Promise<{ readonly origin: string }>

export function deployed(name: string, api: Deployed, says: Mistake['says'], fix: string): Mistake {
  return { ...AT, name, says, fix, made: async (world) => world.doctorOf(await api(world)) }
}
