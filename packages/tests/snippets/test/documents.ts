import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of this package. */
export const here: string = fileURLToPath(new URL('..', import.meta.url))
export const root: string = join(here, '../../..')

/** Where links of packages' READMEs begin: the registry shows these pages without the repository around them. */
export const PUBLISHED = 'https://github.com/acme/auth/blob/main/'

/** A link that leads nowhere. */
interface DeadLink {
  /** Where it stands: `README.md:31`. */
  readonly place: string
  readonly target: string
}

/** Every Markdown file of the repository, as paths from its root. Changesets become changelogs: those are read instead. */
export function documents(folder = ''): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true })
  return entries
    .filter(({ name }) => !name.startsWith('.') && !['node_modules', 'dist', 'reports'].includes(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return documents(path)
      return path.endsWith('.md') ? [path] : []
    })
    .toSorted()
}

export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** The relative links of a document whose file, or whose heading in it, does not exist. */
export function deadLinks(path: string): DeadLink[] {
  return linksOf(read(path))
    .filter(({ target }) => !leadsSomewhere(path, target))
    .map(({ line, target }) => ({ place: `${path}:${line}`, target }))
}

/** The files of the repository that a document links to, as paths from its root. */
export function linkedFiles(path: string): string[] {
  return linksOf(read(path)).map(({ target }) => fileOf(path, target.replace(/#.*/s, '')))
}

/** The file that a link leads to, as a path from the root. */
function fileOf(from: string, file: string): string {
  if (file.startsWith(PUBLISHED)) return file.slice(PUBLISHED.length)
  return file === '' ? from : join(dirname(from), file)
}

function leadsSomewhere(from: string, target: string): boolean {
  const [file = '', anchor] = target.split('#')
  const path = fileOf(from, file)
  // A link out of the repository works on the machine of its author only.
  if (path.startsWith('..') || !existsSync(join(root, path))) return false
  if (anchor === undefined) return true
  return statSync(join(root, path)).isFile() && anchorsOf(read(path)).has(anchor)
}

/** Inline links `[text](target)` and definitions `[name]: target`, but for URLs. */
export function linksOf(text: string): { readonly line: number; readonly target: string }[] {
  return withoutCode(text)
    .split('\n')
    .flatMap((content, index) =>
      [...content.matchAll(/\]\(([^()\s]+)\)|^\[[^\]]+\]:\s+(\S+)/g)].map(([, inline, defined]) => ({
        line: index + 1,
        target: inline ?? defined ?? '',
      })),
    )
    .filter(({ target }) => target.startsWith(PUBLISHED) || !/^[a-z][a-z+.-]*:/.test(target))
}

/** What GitHub makes of headings: lower case, punctuation gone, hyphens for spaces, and a number behind a repeated one. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>()
  for (const [, heading = ''] of withoutFences(text).matchAll(/^#{1,6} +(.+?) *$/gm)) {
    const visible = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    const plain = visible
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-')
    let anchor = plain
    for (let count = 1; anchors.has(anchor); count += 1) anchor = `${plain}-${count}`
    anchors.add(anchor)
  }
  return anchors
}

/** Of the same number of lines, so that a place can be told. */
function withoutFences(text: string): string {
  return text.replaceAll(/^(```+)[^\n]*\n.*?^\1$/gms, (block) => block.replaceAll(/[^\n]/g, ''))
}

function withoutCode(text: string): string {
  return withoutFences(text).replaceAll(/`[^`\n]*`/g, 'code')
}
