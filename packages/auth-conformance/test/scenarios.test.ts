import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { describe, expect, it } from 'vitest'

import type { StartContractServer } from '../src/contract/contract.js'
import { runScenario } from '../src/contract/scenario.js'
import { scenariosByArea } from '../src/contract/scenarios.js'

const scenarios = Object.values(scenariosByArea).flat()

interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const ACCEPTED: Reply = {
  status: 200,
  headers: {},
  body: JSON.stringify({ sub: 'user-1', scheme: 'Bearer', scopes: [] }),
}

const UNAVAILABLE: Reply = {
  status: 503,
  headers: { 'cache-control': 'no-store', 'content-type': 'application/json; charset=utf-8', 'retry-after': '1' },
  body: JSON.stringify({
    error: 'temporarily_unavailable',
    error_description: 'The access token cannot be verified right now',
    code: 'NET_3001',
    correlation_id: '00000000-0000-4000-8000-000000000000',
  }),
}

/** A server without any key policy: this is its answer to every token. Without one, the request is let through. */
function always({ status, headers, body }: Reply): StartContractServer {
  return async () => {
    const server = createServer((request, response) => {
      if (request.headers.authorization === undefined) response.end(JSON.stringify({ sub: null }))
      else response.writeHead(status, { ...headers, 'content-length': body.length }).end(body)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return {
      port: (server.address() as AddressInfo).port, // listens on TCP
      close: () => new Promise((resolve) => server.close(() => resolve())),
    }
  }
}

/** The names of the scenarios that a server keeps. */
async function keptBy(start: StartContractServer): Promise<string[]> {
  const kept: string[] = []
  const remaining = scenarios.values()
  async function runner(): Promise<void> {
    for (const scenario of remaining) {
      await runScenario(scenario, start).then(
        () => kept.push(scenario.name),
        () => undefined,
      )
    }
  }
  await Promise.all(Array.from({ length: 10 }, runner))
  return kept
}

describe('scenarios', () => {
  it('have names of their own', () => {
    expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length)
  })

  it('are broken by a server that accepts everything', async () => {
    expect(await keptBy(always(ACCEPTED))).toEqual([])
  })

  it('are broken by a server that is never available', async () => {
    expect(await keptBy(always(UNAVAILABLE))).toEqual([])
  })
})
