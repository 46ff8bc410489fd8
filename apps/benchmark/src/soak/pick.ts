/** One of them, at random. @throws {RangeError} when there is none */
export function pick<T>(list: readonly T[]): T {
  const chosen = list[Math.floor(Math.random() * list.length)]
  if (chosen === undefined) throw new RangeError('nothing to pick from')
  return chosen
}
