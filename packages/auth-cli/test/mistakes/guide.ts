import type { ToMend } from '../../src/mend.js'
import type { Chapter } from './mistake.js'

const HEAD = `# Mistakes, and the command that finds each

A table of what goes wrong with access tokens and DPoP proofs, by what one has at hand. Each row is a test: the mistake is made, with real servers, and what the command says to mend first must be this. How to start: [README](https://github.com/acme/auth/blob/main/packages/auth-cli/README.md). Which one is it? With nothing at hand but the settings, \`acme-auth doctor\`; with the URL of the API as well, \`acme-auth doctor --api URL\`; with a token that is refused, \`acme-auth inspect\`; with a whole request, \`acme-auth explain\`; with the correlation id of an answer, \`acme-auth why\`.
`

/** The guide, of the table and of what the commands said. */
export function guideOf(chapters: readonly Chapter[], said: ReadonlyMap<string, ToMend>): string {
  return [HEAD, ...chapters.map((chapter) => section(chapter, said))].join('\n')
}

function section({ title, mistakes }: Chapter, said: ReadonlyMap<string, ToMend>): string {
  const rows = mistakes.map(({ name, atHand, command }) => {
    const { says = '', fix = '' } = said.get(name) ?? {}
    return [name, atHand, `\`${command}\``, cell(says), cell(fix)]
  })
  const all = [['Mistake', 'At hand', 'Command', 'It says', 'Mend it so'], ...rows]
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? []
  const line = (row: readonly string[], fill = ' '): string =>
    `| ${row.map((text, column) => text.padEnd(widths[column] ?? 0, fill)).join(' | ')} |`
  const [head = [], ...body] = all
  const dashes = line(
    head.map(() => '-'),
    '-',
  )
  return `## ${title}\n\n${[line(head), dashes, ...body.map((row) => line(row))].join('\n')}\n`
}

/** The same at each run: ports, times, keys and folders differ. */
function cell(text: string): string {
  return text
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:4400')
    .replaceAll(/localhost:\d+/g, 'localhost:8443')
    .replaceAll(/"[\w-]{43}"/g, '"KEY"')
    .replaceAll(/\d+(?:\.\d+)? s (ago|ahead)/g, '3600 s $1')
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID')
    .replaceAll(/10 minutes(?: \d+ seconds?)?/g, '10 minutes')
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replaceAll(/([*_<>])/g, '\\$1')
}
