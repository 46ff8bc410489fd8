import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CURL_LINES } from '../src/curl.js'
import { ROWS } from '../src/rows.js'
import { APIS } from '@acme/sample-api/programs'
import { isListening, startDemo } from './process.js'
import type { DemoProcess } from './process.js'

interface Config {
  readonly issuer: string
  readonly apis: readonly { readonly name: string; readonly origin: string }[]
}

describe('npm run demo -- --serve', () => {
  let demo: DemoProcess

  beforeAll(async () => {
    demo = startDemo(['--serve', '--server', 'fastify'])
    await demo.printed(/^Serving fastify until Ctrl-C/m)
  })

  afterAll(() => {
    demo.process.kill('SIGKILL')
  })

  const variables = (): string =>
    demo
      .output()
      .match(/^[A-Z]+=.*$/gm)
      ?.join('\n') ?? ''
  const origins = (): string[] =>
    [...demo.output().matchAll(/^(?:(?:URL|TENANT)=|In a browser, .*: )(.*)$/gm)].map(([, origin = '']) => origin)
  const sh = (command: string) => spawnSync('sh', ['-c', `${variables()}\n${command}`], { encoding: 'utf8' })

  test('curl is here', () => {
    const found = spawnSync('sh', ['-c', 'command -v curl'])
    expect(found.status, 'curl is missing: apt-get install curl').toBe(0)
  })

  test('each printed call is short, and gives the status that is announced, again and again', () => {
    const commands = [...demo.output().matchAll(/^# (.+) → (\d{3})\n(.+)$/gm)]
    expect(commands).toHaveLength(CURL_LINES.length)
    for (const [, title = '', status = '', command = ''] of [...commands, ...commands]) {
      expect(command.length).toBeLessThan(170)
      const { stdout, stderr } = sh(command)
      expect.soft(stdout, `${title}\n${stderr}`).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    }
  })

  test('a proof is good for one request, and the refusal says why', async () => {
    const twice =
      'P=$(curl -sS "$PROOF?url=$URL/api/private"); for i in 1 2; do curl -sS -i -H "Authorization: DPoP $BOUND" -H "DPoP: $P" $URL/api/private; done'
    const { stdout } = sh(twice)
    expect(stdout.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400'])
    await demo.printed(/^refused: 400 proof_replayed/m)
    expect(demo.output()).toMatch(/^refused: 403 scope_missing: lacks delete:data admin:access/m)
  })

  test('a proof is made for another method, and for nothing that is no URL', () => {
    const post =
      'curl -sS -i -X POST -H "Authorization: DPoP $BOUND" -H "DPoP: $(curl -sS "$PROOF?method=POST&url=$URL/api/private")" $URL/api/private'
    expect(sh(post).stdout).toMatch(/^HTTP\/1\.1 200 /)
    expect(sh('curl -sS -i "$PROOF?url=x"').stdout).toMatch(/^HTTP\/1\.1 400 /)
  })

  test('a page is served, and each server lets it call', async () => {
    const [, , page = ''] = origins()
    const { apis, issuer } = (await (await fetch(`${page}/config.json`)).json()) as Config // of the page
    expect(apis.map(({ name }) => name)).toEqual(APIS.map(({ name }) => name))
    expect(demo.output()).toContain(`TENANT=${issuer.slice(0, -1)}`)
    for (const { origin } of apis) {
      const { status, headers } = await fetch(`${origin}/api/private`, { headers: { origin: page } })
      expect(status).toBe(401)
      expect(headers.get('access-control-allow-origin')).toBe(page)
    }
  })

  test('a playground is served, for the servers that run', async () => {
    const [, , , playground = ''] = origins()
    const headers = { 'content-type': 'application/json', origin: playground }
    const asked = JSON.stringify({ dpop: 'allowed', nonce: 'heal' })
    const response = await fetch(`${playground}/servers`, { method: 'POST', headers, body: asked })
    const { servers } = (await response.json()) as { servers: Config['apis'] } // of the playground
    expect(servers.map(({ name }) => name)).toEqual(APIS.map(({ name }) => name))
    expect(servers.map(({ origin }) => origin)).toContain(origins()[0])
  })

  test('the whole matrix ran before', () => {
    expect(demo.output()).toContain(`${ROWS.length * APIS.length} of ${ROWS.length * APIS.length} cells as expected`)
  })

  test('SIGTERM ends it with 0, and every server', async () => {
    expect(origins()).toHaveLength(4)
    expect(await Promise.all(origins().map(isListening))).toEqual([true, true, true, true])
    demo.process.kill('SIGTERM')
    expect(await demo.ended()).toBe(0)
    expect(await Promise.all(origins().map(isListening))).toEqual([false, false, false, false])
  })
})

/** From /proc: `ps` is not on every Debian machine. */
function childOf(demo: DemoProcess, program: string): number {
  const isChild = (pid: string): boolean => {
    try {
      const [, parent] = /^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
      return Number(parent) === demo.process.pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(program)
    } catch {
      return false // it ended meanwhile
    }
  }
  const pid = readdirSync('/proc').find((name) => /^\d+$/.test(name) && isChild(name))
  if (pid === undefined) throw new Error(`the demo has no child ${program}`)
  return Number(pid)
}

test('a server that ends while serving is told, and ends the demo with 1', async () => {
  const demo = startDemo(['--serve', '--server', 'hono'])
  try {
    await demo.printed(/^Serving hono until Ctrl-C/m)
    process.kill(childOf(demo, 'hono-api'), 'SIGKILL')
    expect(await demo.ended()).toBe(1)
    expect(demo.output()).toContain('hono ended')
  } finally {
    demo.process.kill('SIGKILL')
  }
})
