/** What a look-up found, an issuer or a tenant, and until when the answer is cached. */
export interface KnownIssuer<Keys> {
  readonly keys: Keys
  /** Seconds since the epoch. */
  until: number
  /** A logical clock of the last use. Re-inserting the entry into a Map would cost each request more. */
  used: number
  deleted: boolean
}

/** Issuers or tenants from look-ups, by name. Bounded in entries and in keys. */
export interface IssuerTable<Keys> {
  get(name: string): KnownIssuer<Keys> | undefined
  /** Adds an issuer whose keys were not fetched yet. */
  add(name: string, known: KnownIssuer<Keys>): void
  /** Moves an issuer to the proven ones, since its keys were fetched. */
  prove(name: string, known: KnownIssuer<Keys>): void
  /** Removes an issuer that is not trusted any more. */
  delete(name: string): void
  entries(): readonly (readonly [name: string, known: KnownIssuer<Keys>])[]
}

/** The most that is cached at once. */
export interface IssuerTableBounds {
  readonly proven: number
  readonly unproven: number
  /** Keys of all proven issuers together. A key takes a few kilobytes, see `publicKey`. */
  readonly keys: number
}

/**
 * A segmented LRU (Karedla, Love, Wherry 1994). Issuers whose keys were fetched are proven, the others unproven, each
 * in a segment of its own. Where an application trusts issuers by a pattern, anybody can make up names that match it;
 * those never have keys, so they evict only each other.
 */
export function createIssuerTable<Keys>(
  bounds: IssuerTableBounds,
  countKeys: (keys: Keys) => number,
): IssuerTable<Keys> {
  const proven = new Map<string, KnownIssuer<Keys>>()
  const unproven = new Map<string, KnownIssuer<Keys>>()
  let uses = 0

  function touch(known: KnownIssuer<Keys>): void {
    uses += 1
    known.used = uses
  }

  /** Scans the segment. That happens once for each new issuer, and spares each request the upkeep of an order. */
  function evictLeastRecentlyUsed(segment: Map<string, KnownIssuer<Keys>>): void {
    let oldest: readonly [name: string, known: KnownIssuer<Keys>] | undefined
    for (const entry of segment) if (oldest === undefined || entry[1].used < oldest[1].used) oldest = entry
    if (oldest !== undefined) segment.delete(oldest[0])
  }

  function keysOf(segment: ReadonlyMap<string, KnownIssuer<Keys>>): number {
    return [...segment.values()].reduce((sum, { keys }) => sum + countKeys(keys), 0)
  }

  return {
    get(name) {
      const known = proven.get(name) ?? unproven.get(name)
      if (known !== undefined) touch(known)
      return known
    },
    add(name, known) {
      proven.delete(name)
      touch(known)
      unproven.set(name, known)
      if (unproven.size > bounds.unproven) evictLeastRecentlyUsed(unproven)
    },
    prove(name, known) {
      const other = proven.get(name) ?? unproven.get(name)
      // Its keys arrived after it was removed, or after other settings have replaced it.
      if (known.deleted || (other !== undefined && other !== known)) return
      touch(known)
      unproven.delete(name)
      proven.set(name, known)
      const isFull = (): boolean => proven.size > bounds.proven || keysOf(proven) > bounds.keys
      while (proven.size > 1 && isFull()) evictLeastRecentlyUsed(proven)
    },
    delete(name) {
      for (const segment of [proven, unproven]) {
        const known = segment.get(name)
        if (known !== undefined) known.deleted = true
        segment.delete(name)
      }
    },
    entries: () => [...proven, ...unproven],
  }
}
