// Bytes, for V8 with 64-bit pointers, rounded up. JSON.parse reserves four in-object properties. The worst case of a
// member has a name and a hidden class that no other object shares. Text that is not Latin-1 takes two bytes a
// character.
const OBJECT = 64
const MEMBER = 96
const LIST = 48
const SLOT = 8
const TEXT = 24
const OTHER = 16

/**
 * An upper estimate, in bytes, of what a value from JSON.parse takes on the heap. The length of the JSON text would not
 * bound it: parsed, a text takes up to thirty times its length, since each `{},` of three characters is an object.
 */
export function heapSize(value: unknown): number {
  if (typeof value === 'string') return TEXT + 2 * value.length
  if (typeof value !== 'object' || value === null) return OTHER
  if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + SLOT + heapSize(one), LIST)
  let sum = OBJECT
  for (const [name, member] of Object.entries(value)) sum += MEMBER + 2 * name.length + heapSize(member)
  return sum
}
