import type { Account } from './account.js'
import type { Action, Server } from './calls.js'
import { Connection } from './connection.js'
import * as view from './live-view.js'

/** What of the page lives on between two clicks. */
export interface Live {
  /** Who is logged in now; undefined for nobody. */
  showFor(subject: string | undefined): void
  connect(): Promise<void>
  disconnect(): void
  /** Says it to all that are connected; asks for the scope first, where it was not granted. @returns whether it had to */
  say(text: string): Promise<boolean>
  /** Ends all sessions of the user, at each server, and this one too. */
  logOutEverywhere(onCleared: () => void): Promise<void>
}

// Of this tab: which servers it is connected to, also after a login has left the page.
const STORED = 'connected'
const TO_SAY = 'write:messages'

const LOG_OUT: Action = { label: 'End all my sessions', method: 'POST', path: '/api/logout-everywhere' }

export function openLive(account: Account, servers: readonly Server[]): Live {
  const { session } = account
  const connections = servers.map(({ api, fetch }) => {
    return new Connection(api, { tokens: session, fetch }, { change: view.showConnection, said: view.showSaid })
  })
  view.showServers(connections.map(({ state }) => state))
  setInterval(() => view.showSeconds(connections.map(({ state }) => state)), 500)
  let user: string | undefined
  let isEnding = false

  const open = (): Connection[] => connections.filter(({ state }) => state.name === 'connected')

  async function connect(names: readonly string[]): Promise<void> {
    sessionStorage.setItem(STORED, JSON.stringify(names))
    await Promise.all(connections.filter(({ api }) => names.includes(api.name)).map((one) => one.open()))
  }

  return {
    showFor(subject) {
      if (subject === user) return
      user = subject
      view.showPanel({ isOpen: subject !== undefined, isEnding })
      // What is ended everywhere, the servers close.
      if (subject === undefined && !isEnding) for (const one of connections) one.close()
      if (subject === undefined) return
      isEnding = false
      const stored = sessionStorage.getItem(STORED)
      if (stored !== null) void connect(JSON.parse(stored) as string[]) // as: written by `connect`
    },
    connect: () => connect(view.chosen()),
    disconnect() {
      sessionStorage.removeItem(STORED)
      for (const one of connections) one.close()
    },
    async say(text) {
      account.mayAsk()
      const token = await session.getAccessToken()
      const asks = token.scopes?.includes(TO_SAY) !== true
      if (asks) {
        const scopes = [...(token.scopes ?? []), TO_SAY]
        await session.stepUp({ cause: 'insufficient_scope', scopes, acrValues: [], maxAge: undefined, token })
        // Its scopes are those of its last token.
        await Promise.all(open().map((one) => one.renew()))
      }
      for (const one of open()) one.say(text)
      return asks
    },
    async logOutEverywhere(onCleared) {
      isEnding = true
      const answers = await Promise.all(servers.map((one) => one.call(LOG_OUT)))
      for (const [index, { status }] of answers.entries()) if (status !== 200) connections[index]?.close()
      await session.clear().finally(onCleared)
    },
  }
}
