import { expect, test } from 'vitest'

import { readCall, toolOf } from '../src/mcp.js'

const call = async (text: string): ReturnType<typeof readCall> => readCall(content([text]))

async function* content(parts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part)
}

test.each(['', '{', 'undefined'])('%j is not JSON', async (text) => {
  expect(await call(text)).toBe('not JSON')
})

test.each([
  'null',
  '1',
  '[]',
  '{}',
  '{"jsonrpc":"1.0","method":"ping"}',
  '{"jsonrpc":"2.0"}',
  '{"jsonrpc":"2.0","id":null,"method":"ping"}',
  '{"jsonrpc":"2.0","id":{},"method":"ping"}',
  '{"jsonrpc":"2.0","method":1}',
  '{"jsonrpc":"2.0","method":"ping","params":[]}',
])('%j is no request', async (text) => {
  expect(await call(text)).toBe('no request')
})

test('no content at all is not JSON', async () => {
  expect(await readCall(null)).toBe('not JSON')
})

test('content that is too long is refused, and not kept', async () => {
  const parts = Array.from({ length: 100 }, () => ' '.repeat(1000))
  await expect(readCall(content(parts))).rejects.toMatchObject({ status: 413 })
})

test.each(['constructor', '__proto__', 'LIST_MESSAGES', '', 1, null])('%j is no tool', async (name) => {
  const text = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name } })
  expect(toolOf(await call(text))).toBeUndefined()
})

test('a tool is told by the method and the name', async () => {
  const params = { name: 'list_messages' }
  expect(toolOf(await call(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })))).toBe(params.name)
  // A notification, too: it must not get past the guard of the tool.
  expect(toolOf(await call(JSON.stringify({ jsonrpc: '2.0', method: 'tools/call', params })))).toBe(params.name)
  expect(toolOf(await call(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params })))).toBeUndefined()
})
