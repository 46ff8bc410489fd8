import { AuthClientError } from '../errors.js'
import type { Lock } from './lock.js'

/** What is used of the Web Locks API. */
interface LockManager {
  request<Result>(
    name: string,
    options: { readonly signal?: AbortSignal },
    work: () => Promise<Result>,
  ): Promise<Result>
}

/**
 * A lock for all tabs and workers of an origin (Web Locks API): one of them renews a session, also while another is reloaded.
 *
 * @example
 * ```ts
 * import { createWebLock } from '@acme/auth-client/browser'
 *
 * export const lock = createWebLock()
 * ```
 */
export function createWebLock(): Lock {
  return {
    async withLock(name, work, { signal } = {}) {
      const options = signal === undefined ? {} : { signal }
      // It is lost with the page alone, and the work is then as well.
      return lockManager().request(`acme-auth-client:${name}`, options, () => work(new AbortController().signal))
    },
  }
}

function lockManager(): LockManager {
  const { navigator } = globalThis as { navigator?: { locks?: LockManager } } // not everywhere
  // Insecure contexts have none.
  if (navigator?.locks === undefined) throw new AuthClientError('store_unavailable', 'there are no Web Locks here')
  return navigator.locks
}
