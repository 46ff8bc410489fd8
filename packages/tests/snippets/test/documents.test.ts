import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { anchorsOf, deadLinks, documents, linkedFiles, linksOf, read, root } from './documents.js'

const paths = documents()
/** Guides of packages; those that belong to none are pages of the site. */
const shipped = paths.filter((path) => /^packages\/[^/]+\/guides\//.test(path))
const published = paths.filter((path) => /^packages\/[^/]+\/README\.md$/.test(path) && isPublished(path))

function isPublished(readme: string): boolean {
  const manifest: unknown = JSON.parse(readFileSync(join(root, readme, '../package.json'), 'utf8'))
  return typeof manifest === 'object' && manifest !== null && !('private' in manifest)
}

const lines = (path: string): number => read(path).trimEnd().split('\n').length

describe('the documents', () => {
  it('are found', () => {
    expect(paths).toEqual(expect.arrayContaining(['AGENTS.md', 'CONTRIBUTING.md', 'README.md', 'SECURITY.md']))
    expect(published.length).toBeGreaterThanOrEqual(7)
  })

  it.each(paths)('%s has no dead link', (path) => {
    expect(deadLinks(path)).toEqual([])
  })

  it('README.md has at most 150 lines, CONTRIBUTING.md at most 40', () => {
    expect(lines('README.md')).toBeLessThanOrEqual(150)
    expect(lines('CONTRIBUTING.md')).toBeLessThanOrEqual(40)
  })

  it('README.md links every guide and the README of every package that can be installed', () => {
    const guides = shipped
    expect(guides.length).toBeGreaterThanOrEqual(6)
    expect(linkedFiles('README.md')).toEqual(expect.arrayContaining([...guides, ...published]))
  })

  it.each(published)('%s links nothing by a path, which the registry does not have', (path) => {
    expect(linksOf(read(path)).filter(({ target }) => !/^#|^https:/.test(target))).toEqual([])
  })

  it('guides are in the tarball of their package', () => {
    for (const path of shipped) {
      const manifest: unknown = JSON.parse(readFileSync(join(root, path, '../../package.json'), 'utf8'))
      expect(manifest, path).toMatchObject({ files: expect.arrayContaining(['guides']) })
    }
  })
})

describe('links', () => {
  it('are read with their lines, but for URLs and code', () => {
    const text = [
      '[`a`](b.md#c) and [d](../e)',
      '`[no](f.md)` [web](https://g.example)',
      '```md\n[no](h.md)\n```',
      '[i]: j.md',
      '[k](https://github.com/acme/auth/blob/main/README.md#l)',
    ]
    expect(linksOf(text.join('\n'))).toEqual([
      { line: 1, target: 'b.md#c' },
      { line: 1, target: '../e' },
      { line: 6, target: 'j.md' },
      { line: 7, target: 'https://github.com/acme/auth/blob/main/README.md#l' },
    ])
  })

  it('lead to the anchors that GitHub gives to headings', () => {
    const text =
      '# `trustProxy`\n## Twice, or beside\n## Twice, or beside\n```sh\n# no heading\n```\n### [A](b.md) – c_d\n'
    expect([...anchorsOf(text)]).toEqual(['trustproxy', 'twice-or-beside', 'twice-or-beside-1', 'a--c_d'])
  })
})
