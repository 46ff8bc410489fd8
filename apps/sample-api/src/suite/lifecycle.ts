import { once } from 'node:events'
import { Agent, get } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import type { Socket } from 'node:net'

import { runToExit, startSample } from './process.js'
import type { SampleProcess } from './process.js'
import type { SuiteTest } from './suite-test.js'

type Variables = Readonly<Record<string, string>>

/** How a sample API starts badly and ends well. Stops both processes. */
export function lifecycleTests(
  main: URL,
  env: Variables,
  [first, second]: readonly [SampleProcess, SampleProcess],
): SuiteTest[] {
  return [
    ...Object.entries(badSettings).map(([name, change]) => badSettingTest(main, { ...env, ...change }, name)),
    { name: 'tells what it enforces with REPORT=1, and not without', run: () => reportAtStart(main, env, first) },
    { name: 'says once that it listens, last', run: async () => listeningLine(first) },
    { name: 'stops on SIGTERM, with connections open', run: () => stopWithConnections(first) },
    { name: 'stops on SIGINT', run: async () => ({ actual: await second.stop('SIGINT'), expected: 0 }) },
  ]
}

/** By the variable that the message has to name. */
const badSettings: Readonly<Record<string, Variables>> = {
  AUTH0_DOMAIN: { AUTH0_ISSUER: '' },
  AUTH0_ISSUER: { AUTH0_ISSUER: 'http://issuer.example.com/' },
  AUTH0_AUDIENCE: { AUTH0_AUDIENCE: '' },
  PORT: { PORT: '70000' },
  TRUST_PROXY: { TRUST_PROXY: 'yes' },
  DPOP_NONCE: { DPOP_NONCE: 'yes' },
  DPOP_NONCE_SECRET: { DPOP_NONCE: 'heal', DPOP_NONCE_SECRET: 'short' },
  RATE_LIMIT: { RATE_LIMIT: '0' },
  RATE_LIMIT_WINDOW: { RATE_LIMIT_WINDOW: '10s' },
  REPORT: { REPORT: 'yes' },
  TENANTS: { AUTH0_ISSUER: '', TENANTS: '[{"id":"a"}]' },
  REDIS_URL: { REDIS_URL: '127.0.0.1:6379' },
}

function badSettingTest(main: URL, env: Variables, variable: string): SuiteTest {
  return {
    name: `exits when ${variable} is bad`,
    async run() {
      const { code, stdout, stderr } = await runToExit(main, env)
      const named = stderr.startsWith(variable)
      return {
        actual: { code, stdout, lines: stderr.split('\n').length - 1, named: named ? variable : stderr },
        expected: { code: 1, stdout: '', lines: 1, named: variable },
      }
    },
  }
}

async function reportAtStart(
  main: URL,
  env: Variables,
  without: SampleProcess,
): Promise<{ actual: unknown; expected: unknown }> {
  const told = /^yes +signature +verified with keys of the issuer alone /m
  const sample = await startSample(main, { ...env, REPORT: '1' })
  const actual = [told.test(sample.stdout), told.test(without.stdout)]
  sample.kill()
  return { actual, expected: [true, false] }
}

function listeningLine({ stdout, origin }: SampleProcess): { actual: unknown; expected: unknown } {
  const lines = stdout.trimEnd().split('\n')
  const actual = [lines.filter((line) => line.startsWith('listening')).length, lines.at(-1)]
  return { actual, expected: [1, `listening on ${origin}`] }
}

async function stopWithConnections(sample: SampleProcess): Promise<{ actual: unknown; expected: unknown }> {
  const agent = new Agent({ keepAlive: true })
  const silent = await openSilent(sample.origin)
  const response = await getKeepingAlive(`${sample.origin}/health`, agent)
  const actual = [response.statusCode, await sample.stop('SIGTERM')]
  agent.destroy()
  silent.destroy()
  return { actual, expected: [200, 0] }
}

/** A connection on which no request ever comes. */
async function openSilent(origin: string): Promise<Socket> {
  const { hostname, port } = new URL(origin)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => socket.destroy())
  await once(socket, 'connect')
  return socket
}

async function getKeepingAlive(url: string, agent: Agent): Promise<IncomingMessage> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { agent }, resolve).on('error', reject)
  })
  response.resume()
  await once(response, 'end')
  return response
}
