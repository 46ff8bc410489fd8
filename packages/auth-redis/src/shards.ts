/** Names the server that a key belongs to. */
export type ShardOf = (key: string) => string

const SLOTS = 16_384

/**
 * Of a Cluster: the master that the client knows for the key's slot, so that a master that hangs is held against its own
 * keys alone. Of everything else, and before the client has found its masters: one name for all.
 */
export function shardOf(client: object): ShardOf {
  return (key) => {
    // Documented by `redis`, public in the types of `ioredis`. Read each time: masters change.
    const slots: unknown = Reflect.get(client, 'slots')
    if (!Array.isArray(slots) || slots.length === 0) return ''
    return masterOf(slots[slotOf(key)])
  }
}

/** `redis`: `{ master: { address } }`. `ioredis`: addresses, that of the master first. */
function masterOf(slot: unknown): string {
  if (Array.isArray(slot)) return String(slot[0])
  if (!hasMember(slot, 'master') || !hasMember(slot.master, 'address')) return ''
  return String(slot.master.address)
}

function hasMember<Name extends string>(value: unknown, name: Name): value is Record<Name, unknown> {
  return typeof value === 'object' && value !== null && name in value
}

/** The slot of a key: CRC16 (XMODEM) of it, or of its hash tag (Redis Cluster specification, "Key distribution model"). */
export function slotOf(key: string): number {
  return crc16(hashTag(key)) % SLOTS
}

/** What is between the first `{` and the next `}`, where that is not empty. */
function hashTag(key: string): string {
  const start = key.indexOf('{')
  const end = key.indexOf('}', start + 1)
  return start === -1 || end <= start + 1 ? key : key.slice(start + 1, end)
}

const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1
  return crc
})

function crc16(text: string): number {
  let crc = 0
  for (const byte of Buffer.from(text)) crc = ((crc << 8) ^ (TABLE[(crc >> 8) ^ byte] ?? 0)) & 0xffff
  return crc
}
