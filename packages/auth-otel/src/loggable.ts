// Characters.
const LONGEST = 500

/**
 * Members that have a value. What a caller, or an issuer, had a hand in is bounded, and cannot move a terminal's cursor,
 * forge a line, or turn text around: control and format characters and lone surrogates are escaped.
 */
export function loggable(
  fields: Readonly<Record<string, string | number | undefined>>,
): Record<string, string | number> {
  const line: Record<string, string | number> = {}
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) line[name] = typeof value === 'string' ? printable(value) : value
  }
  return line
}

function printable(text: string): string {
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
  return cut.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, escaped)
}

function escaped(character: string): string {
  return [...character].map((c) => String.raw`\u{${c.codePointAt(0)?.toString(16)}}`).join('')
}
