/**
 * Whether a value is an object literal or an object from JSON. Arrays are refused. So are class instances such as a Map
 * or a promise: none of their content is in members, so an option check would take them for an empty object.
 */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
