// V8 on 64 bits, rounded up: an object of JSON.parse has room for four members, each member may bring a name and a hidden
// class that no other object has, and text may take two bytes a character.
const OBJECT = 64
const MEMBER = 96
const LIST = 48
const SLOT = 8
const TEXT = 24
const OTHER = 16

/**
 * About how many bytes a value takes that was parsed from JSON: rather too many. A text of JSON takes up to thirty times
 * as much in memory: `{},` is three characters.
 */
export function heapSize(value: unknown): number {
  if (typeof value === 'string') return TEXT + 2 * value.length
  if (typeof value !== 'object' || value === null) return OTHER
  if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + SLOT + heapSize(one), LIST)
  let sum = OBJECT
  for (const [name, member] of Object.entries(value)) sum += MEMBER + 2 * name.length + heapSize(member)
  return sum
}
