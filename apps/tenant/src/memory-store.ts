import type { AdapterFactory, AdapterPayload } from 'oidc-provider'

interface Entry {
  payload: AdapterPayload
  expiresAt: number
}

/**
 * What the provider must remember between requests: with client credentials and JWT access
 * tokens only the DPoP proofs it has seen. Shared by the providers before and after a rotation.
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
      // For grants with a user, which the tenant does not offer.
      async findByUid() {},
      async findByUserCode() {},
      async consume() {},
      async revokeByGrantId() {},
    }
  }
}

// Proofs are all kept equally long, so the order of insertion is the order of expiry.
function dropExpired(entries: Map<string, Entry>): void {
  const now = Date.now()
  for (const [key, { expiresAt }] of entries) {
    if (expiresAt > now) return
    entries.delete(key)
  }
}
