import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { quote } from '../src/curl.js'
import { ROWS } from '../src/rows.js'
import { APIS } from '../src/servers.js'
import { isListening, originsIn, startDemo } from './process.js'
import type { DemoProcess } from './process.js'

describe('npm run demo -- --serve', () => {
  let demo: DemoProcess

  beforeAll(async () => {
    demo = startDemo(['--serve'])
    await demo.printed(/^Serving until Ctrl-C$/m)
  })

  afterAll(() => {
    demo.process.kill('SIGKILL')
  })

  test('curl is here', () => {
    const found = spawnSync('sh', ['-c', 'command -v curl'])
    expect(found.status, 'curl is missing: apt-get install curl').toBe(0)
  })

  test('each printed command gives the status that is announced', () => {
    const commands = [...demo.output().matchAll(/^# (.+) → (\d{3})\n(.+)$/gm)]
    const titles = commands.map(([, title = '']) => title)
    for (const { name } of APIS) expect(titles.filter((title) => title.startsWith(`${name}: `))).toHaveLength(3)
    expect(titles.filter((title) => title.startsWith('tenant: '))).toHaveLength(2)
    for (const [, title = '', status = '', command = ''] of commands) {
      const { stdout, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' })
      expect.soft(stdout, `${title}\n${stderr}`).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    }
  })

  test('a proof is good for one request', () => {
    const [command = ''] = /^curl .*'DPoP: .*$/m.exec(demo.output()) ?? []
    const { stdout } = spawnSync('sh', ['-c', command], { encoding: 'utf8' })
    expect(stdout).toMatch(/^HTTP\/1\.1 400 /)
    expect(stdout).toContain('"error":"invalid_dpop_proof"')
  })

  test('the whole matrix ran before', () => {
    expect(demo.output()).toContain(`${ROWS.length * APIS.length} of ${ROWS.length * APIS.length} cells as expected`)
  })

  test('SIGTERM ends it with 0, and every server', async () => {
    const origins = originsIn(demo.output())
    expect(await Promise.all(origins.map(isListening))).toEqual(origins.map(() => true))
    demo.process.kill('SIGTERM')
    expect(await demo.ended()).toBe(0)
    expect(await Promise.all(origins.map(isListening))).toEqual(origins.map(() => false))
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
  const demo = startDemo(['--serve'])
  try {
    await demo.printed(/^Serving until Ctrl-C$/m)
    process.kill(childOf(demo, 'hono-api'), 'SIGKILL')
    expect(await demo.ended()).toBe(1)
    expect(demo.output()).toContain('hono ended')
  } finally {
    demo.process.kill('SIGKILL')
  }
})

test.each(['plain', 'two words', "it's", '$HOME `id` "x" \\ * ; # !', "'", '', 'a\nb'])(
  'sh reads %j as one word',
  (word) => {
    const { stdout } = spawnSync('sh', ['-c', `printf '[%s]' ${quote(word)}`], { encoding: 'utf8' })
    expect(stdout).toBe(`[${word}]`)
  },
)
