import { defineConfig } from 'vitepress'
import llms from 'vitepress-plugin-llms'

import { slugify, withoutEmptyHeads } from '../src/markdown.js'
import { readPages, sidebarOf } from '../src/pages.js'

/** Whose label is the word alone; what is too pale to read; lines whose end says why; and tables that a phone would cut off. */
const STYLE = `
.DocSearch-Button-Keys { display: none !important }
.vp-doc [class*='language-'] > span.lang.lang { color: var(--vp-c-text-1) }
.vp-doc .language-text code, .vp-doc .language-sh code { white-space: pre-wrap; overflow-wrap: anywhere }
@media (max-width: 640px) {
  .vp-doc th, .vp-doc td { padding: 8px }
  .vp-doc td { overflow-wrap: anywhere; min-width: 6.5em }
}
`

/** Where the site is served, for the map of it and links of `llms.txt`: `https://docs.example.com/`. Without it there is none. */
const address = process.env['DOCS_URL']

export default defineConfig({
  title: 'Acme Auth',
  description: 'OAuth 2.0 access tokens, Bearer and DPoP, for Express, Fastify, NestJS and Hono',
  srcDir: 'dist/source',
  outDir: 'dist/site',
  cacheDir: 'dist/cache',
  cleanUrls: true,
  ...(address !== undefined && { sitemap: { hostname: address } }),
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
  vite: {
    plugins: [llms(address === undefined ? {} : { domain: address.replace(/\/$/, '') }) as unknown as []],
    build: { chunkSizeWarningLimit: 2000 },
  },
  themeConfig: {
    search: {
      provider: 'local',
      options: {
        miniSearch: {
          searchOptions: {
            // It runs in the page, which gets its text alone: nothing outside of it is there.
            boostDocument: (id: unknown) => {
              const page = String(id)
              if (page.startsWith('/api/')) return 0.1
              return /^\/(errors|troubleshooting)/.test(page) ? 2 : 1
            },
          },
        },
      },
    },
    sidebar: sidebarOf(readPages()),
    outline: [2, 3],
    nav: [
      { text: 'Quick start', link: '/start/express' },
      { text: 'Concepts', link: '/concepts' },
      { text: 'Troubleshooting', link: '/troubleshooting' },
      { text: 'Errors', link: '/errors' },
    ],
    externalLinkIcon: false,
    notFound: {
      title: 'There is no such page',
      quote: 'Search for a word, a code or a line of the log, or go on from the home page.',
      linkText: 'Home page',
    },
  },
})
