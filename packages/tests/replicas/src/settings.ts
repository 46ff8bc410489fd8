/** What a replica is started with. Durations are seconds. */
export interface ReplicaSettings {
  readonly issuer: string
  readonly audience: string
  readonly redisUrl: string
  /** Of `redisRevocations`. @defaultValue 10 */
  readonly maxStaleness?: number
  /** Of `sharedSignals`. @defaultValue a day */
  readonly eventMaxAge?: number
}

/** What a replica tells of itself. Bytes. */
export interface Told {
  readonly heapUsed: number
  readonly external: number
  readonly rss: number
  /** Connections that are kept. */
  readonly open: number
  /** How many connections were opened, renewed, refused, closed: by transition, and the reason where there is one. */
  readonly transitions: Readonly<Record<string, number>>
}

/** What is asked of a replica, over IPC. */
export type Question =
  | { readonly id: number; readonly revoke: { readonly issuer: string; readonly subject: string } }
  /** `collect`: garbage first, so that what is left is what is in use. */
  | { readonly id: number; readonly collect: boolean }

export type Answer =
  | { readonly id: number; readonly told: Told }
  /** Undefined: it was done. */
  | { readonly id: number; readonly error: string | undefined }

/** Once, when it listens. */
export interface Listening {
  readonly port: number
}
