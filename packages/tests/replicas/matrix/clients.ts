import { request } from 'node:http'

import { eventually } from '@acme/tests-servers'
import { WebSocket } from 'ws'

/** How a client was told, and how it ended. */
export interface Client {
  /** Names of the events, in order, with what the server said. */
  readonly events: { readonly event: string; readonly data: unknown }[]
  /** Undefined while it is open. A stream of events has neither code nor reason. */
  readonly closed: { readonly code?: number; readonly reason?: string } | undefined
  send(event: string, data: unknown): void
  close(): void
}

export type Credentials = { readonly token: string } | { readonly ticket: string }

/** @throws {Error} with the status of a refusal */
export async function openWebSocket(port: number, credentials: Credentials): Promise<Client> {
  const { query, headers } = presented(credentials)
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws${query}`, { headers })
  const client = clientOf(
    () => socket.terminate(),
    (text) => socket.send(text),
  )
  socket.on('message', (text: Buffer) => client.take(JSON.parse(text.toString())))
  socket.on('close', (code, reason) => client.end({ code, reason: reason.toString() }))
  await new Promise<void>((resolve, reject) => {
    socket.on('open', resolve).on('error', reject)
  })
  await toldOf(client, 'auth0.opened')
  return client
}

/** @throws {Error} with the status of a refusal */
export async function openEvents(port: number, credentials: Credentials): Promise<Client> {
  const { query, headers } = presented(credentials)
  const sent = request({ port, host: '127.0.0.1', path: `/events${query}`, headers, agent: false })
  const client = clientOf(
    () => sent.destroy(),
    () => undefined,
  )
  await new Promise<void>((resolve, reject) => {
    sent.on('error', reject).on('response', (response) => {
      if (response.statusCode !== 200) return reject(new Error(`status ${response.statusCode}`))
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        const blocks = (text + chunk).split('\n\n')
        text = blocks.pop() ?? ''
        for (const block of blocks) {
          const [, event, data] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? []
          if (event !== undefined) client.take({ event, data: JSON.parse(data ?? 'null') })
        }
      })
      response.on('close', () => client.end({})).on('error', () => undefined)
      return resolve()
    })
    sent.end()
  })
  await toldOf(client, 'auth0.opened')
  return client
}

/** Waits until it was told of an event, and so often. */
export function toldOf(client: Pick<Client, 'events'>, wanted: string, times = 1): Promise<void> {
  const count = (): number => client.events.filter(({ event }) => event === wanted).length
  return eventually(`${wanted}, after ${JSON.stringify(client.events)}`, async () => count() >= times, 20)
}

function presented(credentials: Credentials): { query: string; headers: Record<string, string> } {
  if ('ticket' in credentials) return { query: `?auth0_ticket=${credentials.ticket}`, headers: {} }
  return { query: '', headers: { authorization: `Bearer ${credentials.token}` } }
}

interface Taking extends Client {
  take(event: Client['events'][number]): void
  end(how: NonNullable<Client['closed']>): void
}

function clientOf(close: () => void, send: (text: string) => void): Taking {
  const events: Client['events'] = []
  let closed: Client['closed']
  return {
    events,
    get closed() {
      return closed
    },
    take: (event) => void events.push(event),
    end: (how) => (closed ??= how),
    send: (event, data) => send(JSON.stringify({ event, data })),
    close,
  }
}
