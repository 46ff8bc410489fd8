import type { Server } from './programs.js'

/** A proof that was accepted once, with all that is needed to send it again. Times are seconds since the epoch. */
export interface HeldProof {
  readonly server: Server
  readonly method: string
  readonly path: string
  readonly token: string
  readonly proof: string
  /** Until then it would be good, were it not for its first use. */
  readonly goodUntil: number
  /** From then on it is refused for its age. */
  readonly goneAfter: number
}

/** Proofs that wait for their replay. */
export interface HeldProofs {
  readonly size: number
  /** Forgets it when there are too many. */
  hold(proof: HeldProof, due: number): void
  /** One whose time has come. */
  takeDue(now: number): HeldProof | undefined
}

/** A tick is a tenth of a second: near the end of a proof's life, that is the distance that counts. */
const TICKS = 10

export function createHeldProofs(limit: number, start: number): HeldProofs {
  const ticks = new Map<number, HeldProof[]>()
  let tick = Math.floor(start * TICKS)
  let size = 0
  return {
    get size() {
      return size
    },
    hold(proof, due) {
      if (size >= limit) return
      size += 1
      const at = Math.max(Math.ceil(due * TICKS), tick)
      const list = ticks.get(at)
      if (list === undefined) ticks.set(at, [proof])
      else list.push(proof)
    },
    takeDue(now) {
      for (const last = Math.floor(now * TICKS); tick <= last; tick++) {
        const proof = ticks.get(tick)?.pop()
        if (proof !== undefined) {
          size -= 1
          return proof
        }
        ticks.delete(tick)
      }
      return undefined
    },
  }
}
