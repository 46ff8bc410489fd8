import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

import type { SampleSettings } from './settings.js'

/** A file of `/docs`. */
export interface DocsFile {
  readonly type: string
  readonly content: string
}

/** The client of the tenant that `/docs` logs in with. */
const CLIENT_ID = 'docs'

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
}

const OWN = ['index.html', 'docs.js']
const OF_SWAGGER_UI = ['swagger-ui.css', 'swagger-ui-bundle.js', 'oauth2-redirect.html', 'oauth2-redirect.js']

const require = createRequire(import.meta.url)

/** Swagger UI for `/openapi.json`: a file by its name, the page itself without one; undefined for what there is not. */
export function docsFile({ auth }: SampleSettings, name = 'index.html'): DocsFile | undefined {
  if (name === 'client.json') {
    const content = JSON.stringify({ clientId: CLIENT_ID, audience: [auth.audience].flat()[0] })
    return { type: 'application/json; charset=utf-8', content }
  }
  const type = TYPES[name.split('.').at(-1) ?? '']
  // By a list: a name of the client's never becomes a path.
  if (type === undefined || ![...OWN, ...OF_SWAGGER_UI].includes(name)) return undefined
  // A page that opened the login must still be there for what comes back: no Cross-Origin-Opener-Policy.
  return { type, content: readFileSync(fileOf(name), 'utf8') }
}

function fileOf(name: string): string | URL {
  return OWN.includes(name) ? new URL(`../docs/${name}`, import.meta.url) : require.resolve(`swagger-ui-dist/${name}`)
}
