import type { MaybePromise } from '../util/maybe-promise.js'

/** Holds tickets, each until it is taken or expires. It sees no token: what it holds is encrypted by the ticket itself. */
export interface TicketStore {
  /**
   * @param id - of the ticket: 43 characters of base64url
   * @param sealed - text of at most 32 KiB
   * @param seconds - after which it must be gone
   */
  put(id: string, sealed: string, seconds: number): MaybePromise<void>
  /** Answers and deletes in one step, so that of two that ask at once one gets it. Undefined: there is none. */
  take(id: string): MaybePromise<string | undefined>
}
