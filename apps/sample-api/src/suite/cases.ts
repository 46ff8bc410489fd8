import { isOpen, routes } from '../routes.js'
import type { SampleRoute } from '../routes.js'
import { bodyOf, contentOf, statusOf } from './bodies.js'
import type { ExpectedBody } from './bodies.js'
import type { Credentials } from './credentials.js'
import { badCredentials, grantedBy, refused, shortOf } from './variants.js'

/** One request to a sample API and its answer. */
export interface SampleCase {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly credentials?: Credentials
  readonly headers?: Readonly<Record<string, string>>
  readonly content?: string
  readonly status: number
  readonly body: ExpectedBody
}

const noToken = refused(401, 'invalid_request', 'AUTH_1003')

function casesOf(route: SampleRoute): SampleCase[] {
  const { method, needs } = route
  const content = contentOf(route)
  const target = { method, path: route.path.replace(':id', '42'), ...(content !== undefined && { content }) }
  const at = `${method} ${target.path}`
  const good = { status: statusOf(route), body: bodyOf(route) }
  if (isOpen(needs)) return publicCases(at, { ...target, ...good })

  const token = grantedBy(needs)
  return [
    { name: `${at} without a token`, ...target, ...(needs === 'optional' ? good : noToken) },
    { name: `${at} with Bearer`, ...target, credentials: { scheme: 'Bearer', token }, ...good },
    { name: `${at} with DPoP`, ...target, credentials: { scheme: 'DPoP', token }, ...good },
    ...[...shortOf(needs), ...badCredentials(token, method)].map(({ name, credentials, ...answer }) => ({
      name: `${at} with a token ${name}`,
      ...target,
      credentials: { scheme: 'Bearer' as const, token, ...credentials },
      ...answer,
    })),
  ]
}

function publicCases(at: string, answer: Omit<SampleCase, 'name'>): SampleCase[] {
  const credentials = { scheme: 'Bearer' as const, token: { expiresIn: -60 } }
  return [
    { name: `${at} without a token`, ...answer },
    { name: `${at} with an expired token`, ...answer, credentials },
  ]
}

const notFound = { status: 404, body: { error: 'not_found' } }
const deleter: Credentials = { scheme: 'DPoP', token: { scope: 'delete:data admin:access' } }
const anyone: Credentials = { scheme: 'Bearer', token: {} }

/** Where frameworks differ by default. */
const edges: readonly SampleCase[] = [
  { name: 'an unknown path', method: 'GET', path: '/nowhere', ...notFound },
  { name: 'an unknown path of the API', method: 'GET', path: '/api/nowhere', credentials: anyone, ...notFound },
  { name: 'an unknown method', method: 'PUT', path: '/api/private', credentials: anyone, ...notFound },
  { name: 'an unknown method without a token', method: 'PUT', path: '/api/private', ...notFound },
  { name: 'a trailing slash', method: 'GET', path: '/api/private/', credentials: anyone, ...notFound },
  { name: 'another case', method: 'GET', path: '/API/private', credentials: anyone, ...notFound },
  { name: 'a parameter that is missing', method: 'DELETE', path: '/api/resource/', credentials: deleter, ...notFound },
  {
    name: 'a parameter with an encoded slash',
    method: 'DELETE',
    path: '/api/resource/a%2Fb',
    credentials: deleter,
    status: 200,
    body: { deleted: 'a/b' },
  },
  {
    name: 'a path that cannot be decoded',
    method: 'DELETE',
    path: '/api/resource/%E0%A4%A',
    credentials: deleter,
    status: 400,
    body: { error: 'bad_request' },
  },
  {
    name: 'content that nobody reads',
    method: 'POST',
    path: '/api/private',
    headers: { 'content-type': 'application/json' },
    content: '{ not JSON',
    ...noToken,
  },
  {
    name: 'a query',
    method: 'GET',
    path: '/api/optional?x=1',
    credentials: { scheme: 'DPoP', token: {} },
    status: 200,
    body: { sub: 'user-1' },
  },
]

function mcpCase(name: string, content: string, answer: Pick<SampleCase, 'status' | 'body'>, scope = ''): SampleCase {
  const token = scope === '' ? {} : { scope }
  return {
    name: `POST /mcp ${name}`,
    method: 'POST',
    path: '/mcp',
    credentials: { scheme: 'Bearer', token },
    content,
    ...answer,
  }
}

function toolCall(name: string, args: object = {}): string {
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } })
}

function failed(code: number, message: string, id: number | null = null): ExpectedBody {
  return { jsonrpc: '2.0', id, error: { code, message } }
}

const sent = JSON.stringify({ sent: 'hello', from: 'user-1' })

/** What is posted decides what a token has to hold. */
const mcpCases: readonly SampleCase[] = [
  mcpCase('of a tool without its scope', toolCall('list_messages'), refused(403, 'insufficient_scope', 'AUTH_1005')),
  mcpCase(
    "of a tool with another's scope",
    toolCall('send_message', { text: 'hello' }),
    refused(403, 'insufficient_scope', 'AUTH_1005'),
    'read:messages',
  ),
  mcpCase(
    'of a tool with its scope',
    toolCall('send_message', { text: 'hello' }),
    { status: 200, body: { jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text: sent }] } } },
    'write:messages',
  ),
  mcpCase('of no tool', toolCall('constructor'), { status: 200, body: failed(-32_601, 'Unknown tool', 1) }),
  mcpCase('of no method', '{"jsonrpc":"2.0","id":1,"method":"x"}', {
    status: 200,
    body: failed(-32_601, 'Method not found', 1),
  }),
  mcpCase('that is not JSON', '{', { status: 400, body: failed(-32_700, 'Parse error') }),
  mcpCase('that is a batch', `[${toolCall('list_messages')}]`, {
    status: 400,
    body: failed(-32_600, 'Invalid Request'),
  }),
  mcpCase('that is too long', ' '.repeat(70_000), { status: 413, body: { error: 'bad_request' } }),
]

/** These have tests of their own: documents for all servers together, and what lives on. */
function isOfSuite({ path }: SampleRoute): boolean {
  return !['/openapi.json', '/ws', '/events', '/api/logout-everywhere'].includes(path) && !path.startsWith('/docs')
}

export const sampleCases: readonly SampleCase[] = [
  ...routes.filter(isOfSuite).flatMap((route) => casesOf(route)),
  ...mcpCases,
  ...edges,
]
