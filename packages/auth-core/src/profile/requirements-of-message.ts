import { requirements } from '../authorization/all-requirements.js'
import type { NestedRequirement, Requirements } from '../authorization/requirement-types.js'

/** What calls of MCP tools demand. */
export interface MessageRequirements {
  /** Requirements of tools by name, such as their scopes. */
  readonly tools: Readonly<Record<string, NestedRequirement>>
  /** What every message demands. @defaultValue any valid token */
  readonly base?: NestedRequirement
}

/**
 * What a JSON-RPC message to an MCP server demands, or a batch of them: the base, and that of each tool that is called. A
 * call whose tool cannot be read demands that of all tools; other shapes, and tools that are not listed, the base.
 *
 * @param body - parsed JSON, of any form
 * @example
 * ```ts
 * import { requirementsOfMessage } from '@acme/auth-core'
 *
 * const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'send' } }
 * const wanted = requirementsOfMessage(body, { tools: { send: 'write:messages' } })
 * ```
 */
export function requirementsOfMessage(body: unknown, { tools, base = {} }: MessageRequirements): Requirements {
  const messages: readonly unknown[] = Array.isArray(body) ? body : [body]
  const called = new Set(messages.flatMap((message) => toolsCalled(message, tools)))
  // Of a list: names such as `__proto__` are no entries of it.
  const wanted = Object.entries(tools).flatMap(([name, one]) => (called.has(name) ? [one] : []))
  return requirements({ allOf: [base, ...wanted] })
}

function toolsCalled(message: unknown, tools: MessageRequirements['tools']): readonly string[] {
  // Of any class and realm: a validation pipe makes instances of what it was given.
  if (memberOf(message, 'method') !== 'tools/call') return []
  const name = memberOf(memberOf(message, 'params'), 'name')
  return typeof name === 'string' ? [name] : Object.keys(tools)
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
