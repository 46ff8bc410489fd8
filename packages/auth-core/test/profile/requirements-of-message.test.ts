import { describe, expect, it } from 'vitest'
import { requirementsOfMessage } from '../../src/profile/requirements-of-message.js'

const options = { base: 'mcp', tools: { read: 'read:messages', send: 'write:messages' } }
const call = (name: unknown): object => ({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name } })
const scopes = (body: unknown): readonly string[] =>
  requirementsOfMessage(body, options).allOf.flatMap((one) => one.scopes)

describe('requirementsOfMessage', () => {
  it('is the base and that of each tool that is called', () => {
    expect(scopes(call('send'))).toEqual(['mcp', 'write:messages'])
    expect(scopes([call('send'), call('read'), call('send')])).toEqual(['mcp', 'read:messages', 'write:messages'])
  })

  it.each([undefined, null, 1, 'tools/call', {}, [], [[call('send')]], { method: ['tools/call'] }, call('other')])(
    '%o: the base',
    (body) => expect(scopes(body)).toEqual(['mcp']),
  )

  it.each(['__proto__', 'constructor', 'toString'])('%s is no tool', (name) => {
    expect(scopes(call(name))).toEqual(['mcp'])
  })

  it.each([call(['send']), call(1), call(undefined), { method: 'tools/call' }, { method: 'tools/call', params: [] }])(
    '%o: that of all tools',
    (body) => expect(scopes(body)).toEqual(['mcp', 'read:messages', 'write:messages']),
  )
})
