import type { AdapterFactory, AdapterPayload } from 'oidc-provider'

interface Entry {
  payload: AdapterPayload
  expiresAt: number
}

/**
 * What the provider must remember between requests: the DPoP proofs it has seen, logins and codes.
 * Shared by the providers before and after a rotation.
 */
export function createMemoryStore(): AdapterFactory {
  const entries = new Map<string, Entry>()
  return (model) => {
    const keyOf = (id: string): string => `${model}:${id}`
    return {
      async upsert(id, payload, expiresIn = Infinity) {
        dropExpired(entries)
        entries.set(keyOf(id), { payload, expiresAt: Date.now() + expiresIn * 1000 })
      },
      async find(id) {
        const entry = entries.get(keyOf(id))
        return entry && entry.expiresAt > Date.now() ? entry.payload : undefined
      },
      async destroy(id) {
        entries.delete(keyOf(id))
      },
      async findByUid(uid) {
        return current(entries).find(([key, { uid: its }]) => key.startsWith(`${model}:`) && its === uid)?.[1]
      },
      // For devices, which the tenant does not offer.
      async findByUserCode() {},
      async consume(id) {
        const payload = entries.get(keyOf(id))?.payload
        if (payload) payload.consumed = Math.floor(Date.now() / 1000)
      },
      async revokeByGrantId(grantId) {
        for (const [key, payload] of current(entries)) if (payload.grantId === grantId) entries.delete(key)
      },
    }
  }
}

function current(entries: Map<string, Entry>): [string, AdapterPayload][] {
  dropExpired(entries)
  return [...entries].map(([key, { payload }]) => [key, payload])
}

function dropExpired(entries: Map<string, Entry>): void {
  const now = Date.now()
  for (const [key, { expiresAt }] of entries) {
    if (expiresAt <= now) entries.delete(key)
  }
}
