/** The path of a request target, without its query, as it came. */
export function pathOnly(target: string): string {
  const end = target.search(/[?#]/)
  return end === -1 ? target : target.slice(0, end)
}
