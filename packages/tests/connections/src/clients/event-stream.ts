import { request } from 'node:http'
import type { ClientRequest, IncomingMessage } from 'node:http'

import { Client } from './client.js'
import type { Opening, Received } from './client.js'

class EventStreamClient extends Client {
  readonly #request: ClientRequest

  constructor(sent: ClientRequest, response: IncomingMessage) {
    super()
    this.#request = sent
    let text = ''
    response.setEncoding('utf8').on('data', (chunk) => {
      const blocks = (text + String(chunk)).split('\n\n')
      text = blocks.pop() ?? ''
      this.received.push(...blocks.flatMap(eventOf))
    })
    const end = (): void => {
      this.closed = { code: undefined, reason: undefined }
    }
    response.on('close', end).on('error', end)
  }

  send(): void {
    throw new Error('a stream of events has no way back')
  }

  sendFrame(): void {
    this.send()
  }

  close(): void {
    this.#request.destroy()
  }
}

/** HTML, § 9.2.6. */
function eventOf(block: string): readonly Received[] {
  const fields = block.split(/\r\n|\r|\n/).map((line) => /^([^:]*):? ?(.*)$/.exec(line) ?? [])
  const data = fields.flatMap(([, name, value]) => (name === 'data' ? [value ?? ''] : []))
  const event = fields.findLast(([, name]) => name === 'event')?.[2]
  return data.length === 0 ? [] : [{ event: event ?? 'message', data: parsed(data.join('\n')) }]
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** @throws where it is refused */
export function openEventStream({ port, target, headers }: Opening): Promise<Client> {
  const fields = { accept: 'text/event-stream', ...Object.fromEntries(headers) }
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', path: target, headers: fields, agent: false })
    sent.on('error', reject)
    sent.on('response', (response) => {
      if (response.statusCode === 200) return resolve(new EventStreamClient(sent, response))
      response.resume()
      reject(new Error(`status ${response.statusCode}`))
    })
    sent.end()
  })
}
