import { fileURLToPath } from 'node:url'

import { answerFile, contentPolicy, listenOnLoopback, readPage } from '@acme/sample-api/page'
import type { ServedPage } from '@acme/sample-api/page'

import { CLIENT_ID } from './settings.js'
import type { Settings } from './settings.js'

/** What Vite made; `src` and `dist` lie at the same depth. */
const PAGE = fileURLToPath(new URL('../dist/page/', import.meta.url))
/** Of a login, and of a step-up. */
const CALLBACKS = ['/', '/callback']

/** @throws when the page was not built, or the port cannot be had */
export async function servePage({ port, issuer, audience, dpop, apis }: Settings): Promise<ServedPage> {
  const files = readPage(PAGE, CALLBACKS, { issuer, audience, clientId: CLIENT_ID, dpop, apis })
  const origins = apis.map(({ origin }) => origin)
  // CSP 3 §6.7.2.8: `http:` is not `ws:`.
  const sockets = origins.map((origin) => origin.replace(/^http/, 'ws'))
  const policy = contentPolicy([new URL(issuer).origin, ...origins, ...sockets])
  return listenOnLoopback(port, (request, response) => answerFile(request, response, { files, policy }))
}
