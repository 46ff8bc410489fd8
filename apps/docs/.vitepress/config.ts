import { defineConfig } from 'vitepress'
import llms from 'vitepress-plugin-llms'

import { slugify, withoutEmptyHeads } from '../src/markdown.js'
import { readPages, sidebarOf } from '../src/pages.js'

/** Whose label is the word alone; and what is too pale to read. */
const STYLE = `
.DocSearch-Button-Keys { display: none !important }
.vp-doc [class*='language-'] > span.lang.lang { color: var(--vp-c-text-1) }
`

export default defineConfig({
  title: 'Acme Auth',
  description: 'OAuth 2.0 access tokens, Bearer and DPoP, for Express, Fastify, NestJS and Hono',
  srcDir: 'dist/source',
  outDir: 'dist/site',
  cacheDir: 'dist/cache',
  cleanUrls: true,
  metaChunk: true,
  markdown: {
    anchor: { slugify },
    config: (md) => md.core.ruler.push('headless', withoutEmptyHeads),
    languageAlias: { haproxy: 'nginx' },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
  },
  head: [
    ['style', {}, STYLE],
    ['link', { rel: 'icon', href: '/images/icon.svg' }],
  ],
  // as: the plugin has the types of Vite 8, VitePress those of Vite 5
  vite: { plugins: [llms() as unknown as []], build: { chunkSizeWarningLimit: 2000 } },
  themeConfig: {
    search: {
      provider: 'local',
      // What is explained comes before what is listed.
      options: {
        miniSearch: { searchOptions: { boostDocument: (id: unknown) => (String(id).startsWith('/api/') ? 0.1 : 1) } },
      },
    },
    sidebar: sidebarOf(readPages()),
    outline: [2, 3],
    nav: [
      { text: 'Quick start', link: '/start/express' },
      { text: 'Concepts', link: '/concepts' },
      { text: 'Errors', link: '/errors' },
    ],
    externalLinkIcon: false,
  },
})
