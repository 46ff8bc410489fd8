/** The anchor that GitHub gives to a heading, so that links work there and here: lower case, no punctuation, hyphens. */
export function slugify(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
    .replaceAll(' ', '-')
}

/** What is used of a token of markdown-it. */
interface Token {
  readonly type: string
  readonly content: string
  tag: string
}

/** A rule of markdown-it: heads of tables that say nothing are plain cells, since a heading without words helps nobody. */
export function withoutEmptyHeads({ tokens }: { readonly tokens: Token[] }): void {
  for (const [index, token] of tokens.entries()) {
    const [text, end] = [tokens[index + 1], tokens[index + 2]]
    if (token.type === 'th_open' && text?.content === '' && end?.type === 'th_close') token.tag = end.tag = 'td'
  }
}

/** The heading of a document. */
export function titleOf(text: string): string | undefined {
  return /^# (.+)$/m.exec(text)?.[1]?.replaceAll(/[`\\]/g, '')
}

/** Characters that a search engine shows. */
const SHOWN = 160

/** The first paragraph of a document as plain text, cut at the end of a sentence or a word; empty where a table, a list or code comes first. */
export function descriptionOf(text: string): string {
  const [, after = ''] = text.split(/^# .*\n/m)
  const paragraph = after.split(/\n\n+/).find((block) => block.trim() !== '' && !/^\s*#/.test(block)) ?? ''
  if (/^\s*(\||```|<|[*-] )/.test(paragraph)) return ''
  const plain = paragraph
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/(?<=^|[\s(])\*\*?([^*]+)\*\*?/g, '$1')
    .replaceAll(/`|\b_|_\b/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
  if (plain.length <= SHOWN) return plain
  const cut = plain.slice(0, SHOWN)
  const [sentences] = /^.{40,}[.!?](?= )/.exec(cut) ?? []
  return sentences ?? `${cut.replace(/\W+\w*$/, '')} …`
}
