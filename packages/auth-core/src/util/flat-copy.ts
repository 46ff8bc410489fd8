/**
 * A copy of a substring with memory of its own. V8 makes a substring a view (a sliced string) that keeps the whole
 * string alive: a cached header would retain the token that it was cut from.
 */
export function flatCopy(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string // text in, text out
}
