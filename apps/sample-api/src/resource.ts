import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

import { toolScopes } from './mcp.js'
import type { SampleSettings } from './settings.js'

/**
 * The settings, with `/mcp` described to clients (RFC 9728) and accepted as audience: clients of MCP ask for tokens that
 * are for the URL that they call. As they are where that URL is neither https nor on loopback, and where each tenant has an
 * audience of its own.
 */
export async function asResource(settings: SampleSettings): Promise<SampleSettings> {
  const { auth, host } = settings
  // The identifier has the port in it, so that it has to be known before anything listens.
  const port = settings.port === 0 ? await freePort(host) : settings.port
  const origin = (auth.publicOrigins ?? [`http://${nameOf(host)}:${port}`]).find(isDescribable)
  if (origin === undefined || auth.tenants !== undefined) return { ...settings, port }
  const resource = `${origin.replace(/\/$/, '')}/mcp`
  const audience = [auth.audience ?? [], resource].flat()
  const resourceMetadata = { resource, name: 'Sample API', scopesSupported: toolScopes }
  return { ...settings, port, auth: { ...auth, audience, resourceMetadata } }
}

async function freePort(host: string): Promise<number> {
  const server = createServer()
  server.listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // as: it listens on a TCP port
  server.close()
  await once(server, 'close')
  return port
}

/** An address of any interface is no name for clients. */
function nameOf(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}

function isDescribable(origin: string): boolean {
  return /^https:|^http:\/\/(127(\.\d+){3}|localhost|\[::1\])(:\d+)?\/?$/.test(origin)
}
