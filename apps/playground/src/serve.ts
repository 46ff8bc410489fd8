import type { IncomingMessage, ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'

import { answerFile, contentPolicy, listenOnLoopback, readPage } from '@acme/sample-api/page'
import type { ServedPage } from '@acme/sample-api/page'
import { createServerGroup } from '@acme/sample-api/programs'

import { createControl } from './server/control.js'
import type { Control } from './server/control.js'
import { createDeployments } from './server/deployments.js'
import { ControlError, readControl } from './server/guard.js'
import { createOperator } from './server/operator.js'
import { offeredRoutes } from './server/routes.js'
import { openTestTenant } from './server/tenant.js'
import { CLIENT_ID } from './settings.js'
import type { Settings } from './settings.js'
import type { Config } from './wire.js'

/** What Vite made; `src` and `dist` lie at the same depth. */
const PAGE = fileURLToPath(new URL('../dist/page/', import.meta.url))

/** @throws when the page was not built, the port cannot be had, or the issuer is no local tenant */
export async function servePlayground(settings: Settings): Promise<ServedPage> {
  const { port, issuer, audience, running } = settings
  const tenant = await openTestTenant(issuer)
  const deployments = createDeployments(createServerGroup(), { issuer, audience }, running)
  const operator = createOperator({ issuer, audience, secret: tenant.secretOf('operator') })
  const control = createControl({ deployments, operator, tenant })
  const config: Config = { issuer, audience, clientId: CLIENT_ID, routes: offeredRoutes }
  const page = {
    files: readPage(PAGE, ['/'], config),
    policy: contentPolicy([new URL(issuer).origin]),
  }
  const served = await listenOnLoopback(port, (request, response) => {
    const path = request.url ?? '/'
    if (Object.hasOwn(control, path)) void answerControl(control, served.origin, request, response)
    else answerFile(request, response, page)
  })
  return {
    origin: served.origin,
    async close() {
      await served.close()
      await deployments.stop()
    },
  }
}

async function answerControl(
  control: Control,
  origin: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const asked = await readControl(request, origin)
    const answer = await control[request.url ?? '']?.(asked)
    sendJson(response, 200, answer ?? {})
  } catch (error) {
    const isRefusal = error instanceof ControlError
    if (!isRefusal) console.error(error)
    // Part of the content may be unread: the connection cannot serve another request.
    response.setHeader('connection', 'close')
    sendJson(response, isRefusal ? error.status : 500, {
      error: isRefusal ? error.message : 'see the log of this server',
    })
  }
}

function sendJson(response: ServerResponse, status: number, value: object): void {
  if (response.headersSent) return
  const headers = { 'content-type': 'application/json; charset=utf-8', 'x-content-type-options': 'nosniff' }
  response.writeHead(status, { ...headers, 'cache-control': 'no-store' }).end(JSON.stringify(value))
}
