import { afterEach, describe, expect, test } from 'vitest'
import { runDemo } from '../src/demo.js'
import { refused } from '../src/expectation.js'
import { ROWS } from '../src/rows.js'
import type { Row } from '../src/row.js'
import { APIS } from '@acme/sample-api/programs'
import { isListening, originsIn, startDemo } from './process.js'
import type { DemoProcess } from './process.js'

let demo: DemoProcess | undefined

afterEach(() => {
  demo?.process.kill('SIGKILL')
  demo = undefined
})

async function listening(origins: readonly string[]): Promise<string[]> {
  const answers = await Promise.all(origins.map(isListening))
  return origins.filter((_, index) => answers[index])
}

function rowNamed(request: string, title: string): Row {
  const found = ROWS.find((row) => row.request === request && row.title === title)
  if (!found) throw new Error(`no row ${request} (${title})`)
  return found
}

describe('npm run demo', () => {
  test('every row is as expected on every framework', async () => {
    // Settings of the shell in which the demo is started do not reach the servers.
    demo = startDemo(['--all'], {
      AUTH0_DOMAIN: 'tenant.example.test',
      AUTH0_DPOP: 'disabled',
      PORT: '1',
      REDIS_URL: 'x',
    })
    const status = await demo.ended()
    const output = demo.output()
    expect.soft(status, output).toBe(0)
    const lines = output.split('\n')
    for (const { request, title } of ROWS) {
      const line = lines.find((candidate) => candidate.startsWith(`${request} `) && candidate.includes(`  ${title}  `))
      expect.soft(line?.match(/✓/g), `${request} (${title})`).toHaveLength(APIS.length)
    }
    expect(output.match(/✓/g)).toHaveLength(ROWS.length * APIS.length)
    expect(output).not.toContain('✗')
    expect(output).toContain(`${ROWS.length * APIS.length} of ${ROWS.length * APIS.length} cells as expected`)
    for (const { name } of APIS) expect(output).toMatch(new RegExp(`^request .* ${name}\\b`, 'm'))
    const origins = originsIn(output)
    expect(origins).toHaveLength(2 * APIS.length + 4)
    expect(await listening(origins)).toEqual([])
  })

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s stops every server and ends with %i', async (signal, code) => {
    demo = startDemo(['--all'])
    await demo.printed(/^ {2}hono, nonces and tenants +http:/m)
    const origins = originsIn(demo.output())
    expect(origins).toHaveLength(2 * APIS.length + 4)
    demo.process.kill(signal)
    demo.process.kill(signal) // npm passes it on once more
    expect(await demo.ended()).toBe(code)
    expect(await listening(origins)).toEqual([])
  })

  test('a signal while the servers start stops them too', async () => {
    demo = startDemo()
    await demo.printed(/^Starting/)
    demo.process.kill('SIGINT')
    expect(await demo.ended()).toBe(130)
    expect(demo.output()).not.toContain('request')
  })

  test('prints rows that fit into 100 columns, and how many more there are', async () => {
    demo = startDemo()
    expect(await demo.ended(), demo.output()).toBe(0)
    const lines = demo.output().split('\n')
    expect(lines.filter((line) => line.length > 100)).toEqual([])
    const rows = lines.filter((line) => line.includes('✓'))
    expect(rows.length).toBeGreaterThan(10)
    expect(rows.map((line) => line.match(/✓/g)?.length)).toEqual(rows.map(() => APIS.length))
    expect(demo.output()).toContain(`\n${ROWS.length - rows.length} more rows are as expected: --all shows them\n`)
    expect(originsIn(demo.output())).toEqual([])
  })

  test.each([['--server'], ['--server', 'koa'], ['--everything']])(
    '%s %s is refused before anything starts',
    async (...args) => {
      demo = startDemo(args)
      expect(await demo.ended()).toBe(2)
      expect(demo.output()).toContain('Usage: npm run demo')
      expect(demo.output()).not.toContain('Starting')
    },
  )
})

describe('runDemo', () => {
  test('a wrong expectation fails, and says what was expected and seen', async () => {
    const good = rowNamed('GET /api/private', 'good token')
    const wrong: Row = { ...good, title: 'wrong on purpose', expected: refused(403, 'insufficient_scope', 'DPoP') }
    const written: string[] = []
    // In short too.
    const short: string[] = []
    expect(await runDemo({ rows: [wrong], write: (text) => short.push(text) })).toBe(1)
    expect(short.join('\n')).toMatch(/wrong on purpose .*(?: +✗){5}$/m)
    const status = await runDemo({ rows: [good, wrong], all: true, write: (text) => written.push(text) })
    expect(status).toBe(1)
    const output = written.join('\n')
    expect(output).toContain(`${APIS.length} of ${2 * APIS.length} cells as expected`)
    expect(output.match(/✗ 200/g)).toHaveLength(APIS.length)
    for (const { name } of APIS) {
      expect(output).toContain(`${name}: GET /api/private (wrong on purpose)`)
      expect(output).toContain(`\nOutput of ${name}:\n`)
    }
    expect(output).toContain('status: expected 403, seen 200')
    expect(output).toContain('error: expected "insufficient_scope", seen none')
    expect(output).toContain('first challenge: expected "DPoP", seen none')
    expect(await listening(originsIn(output))).toEqual([])
  })

  test('a row that cannot be sent fails its cells, not the demo', async () => {
    const broken: Row = { ...rowNamed('GET /api/public', 'no token'), send: () => Promise.reject(new Error('no way')) }
    const written: string[] = []
    expect(await runDemo({ rows: [broken], write: (text) => written.push(text) })).toBe(1)
    expect(written.join('\n').match(/no answer: no way/g)).toHaveLength(APIS.length)
  })

  test('a signal that came before starts nothing', async () => {
    const written: string[] = []
    const status = await runDemo({ signal: AbortSignal.abort(), write: (text) => written.push(text) })
    expect(status).toBe(1)
    expect(written).toEqual([])
  })
})
