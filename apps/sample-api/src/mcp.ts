import type { AuthContext, RequirementOptions } from '@acme/auth-core'

import { messages } from './messages.js'

/**
 * A server of the Model Context Protocol, as small as it can be: JSON-RPC by POST, an answer for each request, no session
 * and no stream. Which scope a tool wants is for the guards of the frameworks: they answer 403, as clients expect.
 */

interface Tool {
  readonly description: string
  readonly inputSchema: object
  readonly needs: RequirementOptions
  readonly run: (auth: AuthContext, args: Readonly<Record<string, unknown>>) => string
}

export type ToolName = 'list_messages' | 'send_message'

const tools: Readonly<Record<ToolName, Tool>> = {
  list_messages: {
    description: 'Lists all messages',
    inputSchema: { type: 'object' },
    needs: { scopes: ['read:messages'] },
    run: () => JSON.stringify(messages),
  },
  send_message: {
    description: 'Sends a message',
    inputSchema: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
    needs: { scopes: ['write:messages'] },
    run: ({ subject }, { text }) =>
      JSON.stringify({ sent: typeof text === 'string' ? text : '', from: subject ?? null }),
  },
}

/** What each tool demands of a caller. */
export const toolNeeds: Readonly<Record<ToolName, RequirementOptions>> = {
  list_messages: tools.list_messages.needs,
  send_message: tools.send_message.needs,
}

export const toolScopes: readonly string[] = Object.values(tools).flatMap(({ needs }) => needs.scopes ?? [])

/** A request or a notification (JSON-RPC 2.0 §4), or what stands in for one that cannot be read. */
export type McpCall =
  | {
      readonly id?: string | number | undefined
      readonly method: string
      readonly params: Readonly<Record<string, unknown>>
    }
  | 'not JSON'
  | 'no request'

/** What is used of a request: Node's, or the body of a web `Request`. */
export type Content = AsyncIterable<unknown> | null

const MOST_BYTES = 65_536

/** @throws {Error} with status 413 for content that is too long */
export async function readCall(content: Content): Promise<McpCall> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of content ?? []) {
    const bytes = Buffer.from(chunk as Uint8Array) // as: nobody has set an encoding
    size += bytes.length
    // Read to its end, so that the answer reaches who is still sending.
    if (size <= MOST_BYTES) chunks.push(bytes)
  }
  if (size > MOST_BYTES) throw Object.assign(new Error('the content is too long'), { status: 413 })
  return parseCall(Buffer.concat(chunks).toString())
}

function parseCall(text: string): McpCall {
  let call: unknown
  try {
    call = JSON.parse(text)
  } catch {
    return 'not JSON'
  }
  if (!isObject(call) || call['jsonrpc'] !== '2.0') return 'no request'
  const { id, method, params = {} } = call
  const isRequest = id === undefined || typeof id === 'string' || typeof id === 'number'
  if (!isRequest || typeof method !== 'string' || !isObject(params)) return 'no request'
  return { ...(id !== undefined && { id }), method, params }
}

/** The tool that is called, if any; the needs of others are those of the route. */
export function toolOf(call: McpCall): ToolName | undefined {
  if (typeof call === 'string' || call.method !== 'tools/call') return undefined
  const { name } = call.params
  return typeof name === 'string' && Object.hasOwn(tools, name) ? (name as ToolName) : undefined // as: it is one of them
}

/** An answer; without a body to a notification. */
export interface McpAnswer {
  readonly status: 200 | 202 | 400
  readonly body?: object
}

export function answerCall(call: McpCall, auth: AuthContext): McpAnswer {
  if (call === 'not JSON') return { status: 400, body: failure(null, -32_700, 'Parse error') }
  if (call === 'no request') return { status: 400, body: failure(null, -32_600, 'Invalid Request') }
  const { id } = call
  if (id === undefined) return { status: 202 }
  const result = resultOf(call, auth)
  if (typeof result === 'string') return { status: 200, body: failure(id, -32_601, result) }
  return { status: 200, body: { jsonrpc: '2.0', id, result } }
}

/** To GET and DELETE: there is no stream to listen to, and no session to end (MCP, Streamable HTTP). RFC 9110 §15.5.6. */
export const otherMethod = {
  status: 405,
  headers: { allow: 'POST', 'cache-control': 'no-store' },
  body: { error: 'method_not_allowed' },
} as const

function resultOf(call: Exclude<McpCall, string>, auth: AuthContext): object | string {
  switch (call.method) {
    case 'initialize':
      return {
        protocolVersion: VERSION,
        capabilities: { tools: {} },
        serverInfo: { name: 'sample-api', version: '0.0.0' },
      }
    case 'ping':
      return {}
    case 'tools/list':
      return {
        tools: Object.entries(tools).map(([name, { description, inputSchema }]) => ({
          name,
          description,
          inputSchema,
        })),
      }
    case 'tools/call':
      return callTool(call, auth)
    default:
      return 'Method not found'
  }
}

const VERSION = '2025-06-18'

function callTool(call: McpCall, auth: AuthContext): object | string {
  const tool = toolOf(call)
  if (tool === undefined || typeof call === 'string') return 'Unknown tool'
  const { arguments: args } = call.params
  return { content: [{ type: 'text', text: tools[tool].run(auth, isObject(args) ? args : {}) }] }
}

function failure(id: string | number | null, code: number, message: string): object {
  return { jsonrpc: '2.0', id, error: { code, message } }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
