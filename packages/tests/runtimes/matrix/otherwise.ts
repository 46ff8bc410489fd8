/** What differs on every runtime that has web requests only. */
export const joinedHeaders: Readonly<Record<string, string>> = {
  // They join repeated header lines, so that it is one value with a comma in it.
  'two Authorization lines': '400 VAL_2001',
  'a good token in front of a DPoP one': '400 VAL_2001',
  'a good token behind an unknown scheme': '401 AUTH_1003',
}

/** As many cases with the same answer. */
export function all(answer: string, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, answer]))
}
