import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

import { describe, expect, it } from 'vitest'

import { withLinks } from '../src/assemble.js'
import { descriptionOf, slugify, titleOf, withoutEmptyHeads } from '../src/markdown.js'
import { readPages, root, sidebarOf } from '../src/pages.js'

const pages = readPages().filter(({ section }) => section !== 'API') // which there are after a build only
const sidebar = sidebarOf(pages)

/** The Markdown files in a folder of every package. */
function inPackages(folder: string): string[] {
  return readdirSync(join(root, 'packages'), { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter(({ name, parentPath }) => name.endsWith('.md') && parentPath.endsWith(folder))
    .map(({ name, parentPath }) => relative(root, join(parentPath, name)))
    .filter((path) => !path.includes('node_modules'))
}

describe('the sidebar', () => {
  it('has its sections in order', () => {
    expect(sidebar.map(({ text }) => text)).toEqual([
      'Quick starts',
      'Concepts',
      'When it is refused',
      'Guides',
      'Set-up at issuers',
      'Migration',
      'Command line',
      'Reference',
      'Coding assistants',
      'Security',
    ])
  })

  it('has every guide of every package', () => {
    const guides = inPackages('/guides')
    expect(guides.length).toBeGreaterThan(15)
    expect(pages.map(({ source }) => source)).toEqual(expect.arrayContaining(guides))
  })

  it('has every page but the home page, once', () => {
    const links = sidebar.flatMap(({ items }) => items.map(({ link }) => link)).filter((link) => !link.includes('#'))
    expect(links.toSorted()).toEqual(
      pages
        .filter(({ path }) => path !== 'index')
        .map(({ path }) => `/${path}`)
        .toSorted(),
    )
    expect(new Set(links).size).toBe(links.length)
  })

  it('has every command of the command line', () => {
    const list = readFileSync(join(root, 'packages/auth-cli/src/commands/commands.ts'), 'utf8')
    const commands = [...list.matchAll(/^ {2}add(\w+)\(/gm)].map(([, name = '']) => name.toLowerCase())
    expect(commands.length).toBeGreaterThanOrEqual(10)
    const texts = sidebar.flatMap(({ items }) => items.map(({ text }) => text))
    expect(texts.filter((text) => text.startsWith('acme-auth ')).toSorted()).toEqual(
      commands.map((name) => `acme-auth ${name}`).toSorted(),
    )
  })

  it('names each page by its heading', () => {
    const titles = sidebar.flatMap(({ items }) => items.map(({ text }) => text))
    expect(titles).toEqual(expect.arrayContaining(['DPoP', 'Concepts in ten minutes', '@acme/auth-core', 'Errors']))
    expect(titles.filter((title) => title.endsWith('.md') || title.includes('`'))).toEqual([])
  })
})

describe('titles and descriptions', () => {
  it.each(['title', 'description'] as const)('each page has a %s of its own', (name) => {
    const values = pages.map((page) => page[name])
    expect(values.filter((value, index) => value === '' || values.indexOf(value) !== index)).toEqual([])
  })

  it('are plain text of a line', () => {
    const text = '# `a` and *b*\n\nUse [`c-*`](d.md#e),\n_always_, **so**: snake_case stays.\n\nMore.\n'
    expect([titleOf(text), descriptionOf(text)]).toEqual(['a and *b*', 'Use c-*, always, so: snake_case stays.'])
    expect(descriptionOf(`# a\n\n${'word '.repeat(100)}`)).toMatch(/^(word ){30,32}…$/)
    const sentence = 'Forty characters are enough for a sentence, or two.'
    expect(descriptionOf(`# a\n\n${sentence} ${'word '.repeat(100)}`)).toBe(sentence)
  })

  it.each(['# a\n\n| b |\n| - |\n', '# a\n\n## b\n', '# a\n\n```sh\nb\n```\n', '# a\n'])(
    '%j has no description',
    (text) => {
      expect(descriptionOf(text)).toBe('')
    },
  )
})

describe('links in the site', () => {
  const link = (text: string, source = 'packages/auth-core/guides/keys.md'): string => withLinks(text, source, pages)

  it.each([
    ['[a](dpop.md)', '[a](/guides/dpop)'],
    ['[a](dpop.md#nonces)', '[a](/guides/dpop#nonces)'],
    ['[a](../README.md#options)', '[a](/packages/auth-core#options)'],
    ['[a]: ../../auth-redis/guides/replicas.md', '[a]: /guides/replicas'],
    ['[`a`](dpop.md) and [b](mtls.md)', '[`a`](/guides/dpop) and [b](/guides/mtls)'],
  ])('%s leads to the page', (text, expected) => {
    expect(link(text)).toBe(expected)
  })

  it('lead to the page where a README names it in the repository', () => {
    const text = '[a](https://github.com/acme/auth/blob/main/packages/auth-core/guides/dpop.md#modes)'
    expect(link(text, 'packages/auth-express/README.md')).toBe('[a](/guides/dpop#modes)')
  })

  it('lead into the repository where there is no page', () => {
    expect(link('[a](../../tests/proxies) [b](../src/decide.ts#L1)')).toBe(
      '[a](https://github.com/acme/auth/blob/main/packages/tests/proxies) [b](https://github.com/acme/auth/blob/main/packages/auth-core/src/decide.ts#L1)',
    )
  })

  it('lead to images', () => {
    expect(link('![a](images/dpop.svg)', 'apps/docs/pages/concepts.md')).toBe('![a](/images/dpop.svg)')
  })

  it.each(['[a](#nonces)', '[a](https://example.com/b.md)', '`[a](dpop.md)`', '```md\n[a](dpop.md)\n```'])(
    '%s stays as it is',
    (text) => {
      expect(link(text)).toBe(text)
    },
  )

  it('have the anchors of GitHub', () => {
    expect(slugify('AUTH_1001 token_expired')).toBe('auth_1001-token_expired')
    expect(slugify('Not by HS256, and not in the query')).toBe('not-by-hs256-and-not-in-the-query')
  })
})

it('a head of a table without words is a plain cell', () => {
  const cell = (content: string): { type: string; content: string; tag: string }[] => [
    { type: 'th_open', content: '', tag: 'th' },
    { type: 'inline', content, tag: '' },
    { type: 'th_close', content: '', tag: 'th' },
  ]
  const tokens = [...cell('Option'), ...cell('')]
  withoutEmptyHeads({ tokens })
  expect(tokens.map(({ tag }) => tag)).toEqual(['th', '', 'th', 'td', '', 'td'])
})
