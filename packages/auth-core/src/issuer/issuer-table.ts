import type { IssuerKeys } from './trusted-issuers-types.js'

/** An issuer that a function knew, and until when that is believed. */
export interface KnownIssuer {
  readonly keys: IssuerKeys
  /** Seconds since the epoch. */
  until: number
  /** The number of its last use: moving it to the end of a map would cost each request more. */
  used: number
  deleted: boolean
}

/** Issuers that were looked up, by name. Bounded in entries and in keys. */
export interface IssuerTable {
  get(name: string): KnownIssuer | undefined
  /** Enters one whose keys were not had yet. */
  add(name: string, known: KnownIssuer): void
  /** Its keys were had. */
  prove(name: string, known: KnownIssuer): void
  /** It is not trusted any more. */
  delete(name: string): void
  entries(): readonly (readonly [name: string, known: KnownIssuer])[]
}

/** How much is kept at once. */
export interface IssuerTableBounds {
  readonly proven: number
  readonly unproven: number
  /** Of all proven issuers together; a key takes a few kilobytes, see `publicKey`. */
  readonly keys: number
}

/**
 * A segmented LRU (Karedla, Love, Wherry 1994): issuers whose keys were had are kept apart from those whose were not.
 * Where a function knows issuers by a pattern, anybody can make up names that fit; they only ever push out each other.
 */
export function createIssuerTable(bounds: IssuerTableBounds): IssuerTable {
  const proven = new Map<string, KnownIssuer>()
  const unproven = new Map<string, KnownIssuer>()
  let uses = 0

  function touch(known: KnownIssuer): void {
    uses += 1
    known.used = uses
  }

  /** Looks at all, which is once for each issuer that is new, in place of a step for each request. */
  function evictLeastRecentlyUsed(segment: Map<string, KnownIssuer>): void {
    let oldest: readonly [name: string, known: KnownIssuer] | undefined
    for (const entry of segment) if (oldest === undefined || entry[1].used < oldest[1].used) oldest = entry
    if (oldest !== undefined) segment.delete(oldest[0])
  }

  function keysOf(segment: ReadonlyMap<string, KnownIssuer>): number {
    return [...segment.values()].reduce((sum, { keys }) => sum + keys.keySet.status().keys, 0)
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
      // Its keys came after it was taken off, or after other settings took its place.
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
