import type { Client, Forgery } from './clients.js'
import type { HeldProofs } from './held-proofs.js'
import type { Send } from './http.js'
import type { Server } from './programs.js'
import type { Tally } from './tally.js'
import type { Tokens } from './tokens.js'

/** What all traffic shares. */
export interface Scene {
  readonly servers: readonly Server[]
  readonly send: Send
  readonly tokens: Tokens
  /** Their clocks are right, and they got no nonce. */
  readonly clients: readonly Client[]
  /** Few, so that each is seen again while its nonces are good. */
  readonly wrongClocks: readonly Client[]
  readonly forgery: Forgery
  readonly held: HeldProofs
  readonly tally: Tally
  /** Seconds since the epoch at which the load ends. */
  readonly end: number
}

/** One kind of request, or of a few that belong together. */
export interface Kind {
  readonly name: string
  /** How often, beside the others. */
  readonly weight: number
  run(scene: Scene, server: Server): Promise<void>
}
