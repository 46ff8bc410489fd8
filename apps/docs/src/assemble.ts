import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'

import { here, root } from './pages.js'
import type { Page } from './pages.js'

/** The folder that VitePress reads, from the package. */
const SOURCE = 'dist/source'
const IMAGES = 'apps/docs/pages/images/'
/** Where links lead that leave the site; READMEs of packages, which the registry shows alone, begin with it themselves. */
const REPOSITORY = 'https://github.com/acme/auth/blob/main/'

/** Puts all pages together for VitePress, with links between them. */
export function assemble(pages: readonly Page[]): void {
  rmSync(join(here, SOURCE), { recursive: true, force: true })
  for (const page of pages) {
    const file = join(here, SOURCE, `${page.path}.md`)
    mkdirSync(dirname(file), { recursive: true })
    const text = withLinks(readFileSync(join(root, page.source), 'utf8'), page.source, pages)
    writeFileSync(file, `${headOf(page)}${text}`)
  }
  cpSync(join(root, IMAGES), join(here, SOURCE, 'public/images'), { recursive: true })
}

/** What VitePress and `llms.txt` say of a page beside its title. A JSON string is one of YAML, too. */
function headOf({ description }: Page): string {
  return description === '' ? '' : `---\ndescription: ${JSON.stringify(description)}\n---\n\n`
}

/** A document with its links as the site has them; what is code stays as it is. */
export function withLinks(text: string, source: string, pages: readonly Page[]): string {
  const code = /^(```+)[^\n]*\n.*?^\1$|`[^`\n]*`/
  const link = /(?<=\]\()[^()\s]+(?=\))|(?<=^\[[^\]\n]+\]:\s+)\S+/
  return text.replaceAll(new RegExp(`${code.source}|${link.source}`, 'gms'), (found) =>
    found.startsWith('`') ? found : linkOf(found, source, pages),
  )
}

/** Where a link of a document leads in the site; into the repository when what it names is no page. */
function linkOf(target: string, source: string, pages: readonly Page[]): string {
  const inRepository = target.startsWith(REPOSITORY)
  if (!inRepository && /^#|^[a-z][a-z+.-]*:/.test(target)) return target
  const [file = '', anchor] = target.split('#')
  const path = inRepository ? file.slice(REPOSITORY.length) : posix.join(posix.dirname(source), file)
  if (path.startsWith(IMAGES)) return `/images/${path.slice(IMAGES.length)}`
  const page = pages.find((one) => one.source === path)
  const hash = anchor === undefined ? '' : `#${anchor}`
  return page === undefined ? `${REPOSITORY}${path}${hash}` : `/${page.path}${hash}`
}
