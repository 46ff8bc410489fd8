import { PassThrough } from 'node:stream'

import { expect, it } from 'vitest'

import type { LogEntry } from '../src/dev/log-entry.js'
import { run } from '../src/run.js'
import { acmeAuth } from './support.js'

/** Text as it comes, and a wait for some of it. */
function watched(stream: PassThrough): (pattern: RegExp) => Promise<string> {
  let text = ''
  let changed: () => void = () => undefined
  stream.on('data', (chunk) => {
    text += String(chunk)
    changed()
  })
  return async (pattern) => {
    while (!pattern.test(text)) await new Promise<void>((resolve) => (changed = resolve))
    return text
  }
}

it('is an issuer whose log shows no secret', async () => {
  const stop = new AbortController()
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const [log, told] = [watched(stdout), watched(stderr)]
  const args = ['dev', '--port', '0', '--json', '--audience', 'https://api.example.com']
  const ended = run(args, { stdin: new PassThrough(), stdout, stderr, environment: {}, signal: stop.signal })
  const settings = await told(/AUTH0_CLIENT_SECRET=any\n/)
  const environment = Object.fromEntries(
    [...settings.matchAll(/^(AUTH0_\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
  )

  const doctor = await acmeAuth(['doctor'], {
    environment: { ...environment, AUTH0_CLIENT_SECRET: 'a-secret-of-mine' },
  })
  expect([doctor.code, doctor.stdout]).toEqual([0, expect.stringContaining('this API accepts it')])
  const refused = await fetch(`${environment['AUTH0_ISSUER'] ?? ''}oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: '\u001B[2J' }),
  })
  const text = await log(/"error"/)
  stop.abort()
  expect(await ended).toBe(0)

  expect(refused.status).toBe(400)
  expect(text).not.toContain('a-secret-of-mine')
  const entries = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as LogEntry) // as dev writes them
  expect(
    entries
      .filter(({ path }) => path === '/oauth/token')
      .map(({ status, asked, dpop }) => [status, asked['client_id'], dpop]),
  ).toEqual([
    [200, 'dev', false],
    [200, 'dev', true],
    [400, undefined, false],
  ])
})

it('says that a port is taken, and what one is', async () => {
  const { code, stderr } = await acmeAuth(['dev', '--port', 'x'])
  expect([code, stderr]).toEqual([2, expect.stringContaining('want a port number')])
})
