import type { AuthOptions } from '@acme/auth-core'

import type { Harness } from './harness.js'
import type { Capability, ConnectionDriver } from './server.js'

/** One thing that holds for each transport that can do it. */
export interface ConnectionCase {
  readonly name: string
  readonly needs?: readonly Capability[]
  /** The transports that it is about. @defaultValue all */
  readonly transports?: readonly ConnectionDriver['transport'][]
  /** Options of a server of its own, from those of the fixture. @defaultValue the shared server */
  readonly own?: (options: AuthOptions) => AuthOptions
  run(harness: Harness): Promise<void>
}
