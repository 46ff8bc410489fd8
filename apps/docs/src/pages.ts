import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { descriptionOf, titleOf } from './markdown.js'

type Section = (typeof SECTIONS)[number]

/** A Markdown file, and where it is in the site. */
export interface Page {
  /** From the root of the repository. */
  readonly source: string
  /** In the site, without a slash in front or an extension. */
  readonly path: string
  readonly title: string
  /** Its first paragraph, as plain text of a line: for search engines and `llms.txt`. */
  readonly description: string
  /** The heading of the sidebar that it stands below; the home page has none. */
  readonly section: Section | undefined
}

/** The folder of this package. */
export const here: string = fileURLToPath(new URL('..', import.meta.url))
export const root: string = join(here, '../..')
/** Where typedoc puts its pages, from the root. */
export const API = 'apps/docs/dist/api'

/** Which file belongs where: the first that fits. A guide that is new needs no row. */
const PLACES: readonly (readonly [source: RegExp, section: Section | undefined, path: string])[] = [
  [/^apps\/docs\/pages\/index\.md$/, undefined, 'index'],
  [/^apps\/docs\/pages\/start\/(.+)\.md$/, 'Quick starts', 'start/$1'],
  [/^apps\/docs\/pages\/(concepts)\.md$/, 'Concepts', '$1'],
  [/^apps\/docs\/pages\/guides\/(.+)\.md$/, 'Guides', 'guides/$1'],
  [/^packages\/auth-core\/guides\/(migration)\.md$/, 'Migration', 'guides/$1'],
  [/^apps\/docs\/pages\/(migration\/.+)\.md$/, 'Migration', '$1'],
  [/^packages\/auth-core\/guides\/(coding-assistants)\.md$/, 'Coding assistants', 'guides/$1'],
  [/^packages\/[^/]+\/guides\/(memory)\.md$/, 'Security', 'guides/$1'],
  [/^packages\/[^/]+\/guides\/(.+)\.md$/, 'Guides', 'guides/$1'],
  [/^apps\/docs\/pages\/set-up\/(.+)\.md$/, 'Set-up at issuers', 'set-up/$1'],
  [/^apps\/docs\/pages\/(errors|troubleshooting)\.md$/, 'When it is refused', '$1'],
  [/^packages\/(auth-cli)\/README\.md$/, 'Command line', 'packages/$1'],
  [/^packages\/(auth-[^/]+)\/README\.md$/, 'Reference', 'packages/$1'],
  [/^packages\/(auth-[^/]+)\/AGENTS\.md$/, 'Coding assistants', 'assistants/$1'],
  [/^SECURITY\.md$/, 'Security', 'security'],
  [/^apps\/docs\/pages\/(.+)\.md$/, 'Security', '$1'],
  [/^apps\/docs\/dist\/api\/(@.+)\.md$/, 'API', 'api/$1'],
]
/** In the order of the sidebar. */
const SECTIONS = [
  'Quick starts',
  'Concepts',
  'When it is refused',
  'Guides',
  'Set-up at issuers',
  'Migration',
  'Command line',
  'Reference',
  'API',
  'Coding assistants',
  'Security',
] as const

/** All pages of the site. @throws when two files have the same place */
export function readPages(): Page[] {
  const pages = sources().flatMap((source) => pageOf(source) ?? [])
  const twice = pages.find(({ path }, index) => pages.findIndex((other) => other.path === path) !== index)
  if (twice !== undefined) throw new Error(`${twice.source}: another file is ${twice.path} too`)
  return pages
}

interface SidebarItem {
  text: string
  link: string
}

/** The sidebar, as VitePress wants it: sections in the order of the table, pages by title. */
export function sidebarOf(pages: readonly Page[]): { text: string; items: SidebarItem[] }[] {
  return SECTIONS.map((text) => ({
    text,
    items: pages
      .filter(({ section }) => section === text)
      .toSorted((a, b) => a.title.localeCompare(b.title, 'en'))
      .flatMap((page) => [{ text: page.title, link: `/${page.path}` }, ...commandsOf(page)]),
  })).filter(({ items }) => items.length > 0)
}

/** Where each command is told of, by the table at the top of the page of the command line. */
function commandsOf({ section, source, path }: Page): SidebarItem[] {
  if (section !== 'Command line') return []
  const rows = readFileSync(join(root, source), 'utf8').matchAll(/^\| \[`([\w-]+)`\]\((#[\w-]+)\)/gm)
  return [...rows].map(([, command, anchor]) => ({ text: `acme-auth ${command}`, link: `/${path}${anchor}` }))
}

function pageOf(source: string): Page | undefined {
  for (const [pattern, section, path] of PLACES) {
    if (!pattern.test(source)) continue
    const text = readFileSync(join(root, source), 'utf8')
    return {
      source,
      section,
      path: source.replace(pattern, path),
      title: titleOf(text) ?? source,
      description: descriptionOf(text),
    }
  }
  return undefined
}

/** Markdown files that may be pages, from the root. */
function sources(): string[] {
  const packages = list('packages').filter((name) => name.startsWith('auth-'))
  return [
    'SECURITY.md',
    ...['apps/docs/pages', API].flatMap((folder) => markdownIn(folder, true)),
    ...packages.flatMap((name) => markdownIn(`packages/${name}`, false)),
    ...packages.flatMap((name) => markdownIn(`packages/${name}/guides`, true)),
  ]
}

function markdownIn(folder: string, recursive: boolean): string[] {
  return list(folder, recursive)
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name))
    .toSorted()
}

/** What is in a folder; nothing where there is none, such as API pages that were not made. */
function list(folder: string, recursive = false): string[] {
  try {
    return readdirSync(join(root, folder), { recursive, encoding: 'utf8' })
  } catch {
    return []
  }
}
