import { readFile } from 'node:fs/promises'

import { createFetch, isAuthClientError, parseChallenges } from '@acme/auth-client'
import type { AccessTokenSource, DpopKeyPair, FetchEvent } from '@acme/auth-client'

import { clientOf, clientSettings } from '../client.js'
import type { CallFlags } from '../commands/call.js'
import { givenText } from '../given-text.js'
import { isSecure, reachFix } from '../http.js'
import { keyPairAt } from '../key-file.js'
import { mendText } from '../mend.js'
import type { ToMend } from '../mend.js'
import { colour, messageOf, printable, UsageError } from '../terminal.js'
import type { Answer, Terminal } from '../terminal.js'
import { mendOfAnswer } from './answered.js'
import { opinionOfCore } from './opinion.js'

// Bytes.
const MOST_BODY = 10_000_000

/** Calls an API with a token, and tells what came of it. */
export async function call(url: string, flags: CallFlags, terminal: Terminal): Promise<Answer> {
  if (!URL.canParse(url) || !isSecure(url))
    throw new UsageError('URL: want https, or http on a loopback host: no token goes over plain http')
  const keyPair = flags.dpop === undefined ? undefined : await keyPairAt(flags.dpop, terminal, { create: false })
  const headers = flags.header.map(headerOf)
  const body = await bodyOf(flags)
  const source = await tokenSource(flags, terminal, keyPair)
  const steps: FetchEvent[] = []
  const fetch = createFetch(source, {
    origins: [new URL(url).origin],
    onEvent(event) {
      // This source has one token: it is asked for another, and nothing is sent again.
      if (event.cause !== 'refresh') steps.push(event)
    },
    waitAtMost: 0,
  })
  const response = await fetch(url, { method: flags.method, headers, ...(body !== undefined && { body }) }).catch(
    (error: unknown) => unreachable(error),
  )
  if ('says' in response) {
    terminal.stderr.write(`${mendText(response, { stdout: terminal.stderr })}\n`)
    return { found: true, value: { primary: response, steps }, text: '' }
  }
  const { value: token } = await source.getAccessToken()
  const text = await boundedText(response)
  const { status } = response
  const opinion = status === 401 || status === 403 ? await opinionOfCore(token, flags, terminal) : undefined
  const primary = mendOfAnswer({ status, headers: response.headers, body: text, token, opinion: opinion?.mend })
  const answered = [...response.headers].map(([name, value]) => [name, hidden(value, token)] as const)
  tellOnStderr(status, steps, { answered, opinion: opinion?.text, primary }, terminal)
  const challenges = parseChallenges(response.headers.get('www-authenticate')).map(({ scheme, parameters }) => ({
    scheme,
    ...Object.fromEntries(parameters),
  }))
  const value = {
    primary: primary ?? null,
    status,
    headers: Object.fromEntries(answered),
    challenges,
    steps,
    opinion: opinion?.text,
    body: hidden(text, token),
  }
  return { found: primary !== undefined, value, text: printableLines(hidden(text, token), terminal) }
}

/** What is to be mended where no answer came. */
function unreachable(error: unknown): ToMend {
  if (!isAuthClientError(error) || error.reason !== 'network') throw error
  const code = error.cause?.code ?? 'the connection failed'
  return { says: `the API cannot be reached: ${code}`, fix: reachFix(code) }
}

interface Told {
  readonly answered: readonly (readonly [string, string])[]
  readonly opinion: string | undefined
  readonly primary: ToMend | undefined
}

function tellOnStderr(
  status: number,
  steps: readonly FetchEvent[],
  { answered, opinion, primary }: Told,
  terminal: Terminal,
): void {
  const asked = steps.map(({ cause, status: before }) => `${before}, then again: ${cause}`)
  const lines = [
    ...asked,
    colour(primary === undefined ? 'green' : 'red', `HTTP ${status}`, { stdout: terminal.stderr }),
    ...answered.map(([name, value]) => `${name}: ${printable(value, 2000)}`),
    ...(opinion === undefined ? [] : ['', opinion]),
    ...(primary === undefined ? [] : ['', mendText(primary, { stdout: terminal.stderr })]),
  ]
  terminal.stderr.write(`${lines.join('\n')}\n\n`)
}

async function tokenSource(
  flags: CallFlags,
  terminal: Terminal,
  keyPair: DpopKeyPair | undefined,
): Promise<AccessTokenSource> {
  if (flags.token === undefined) {
    const source = clientOf(await clientSettings(flags, terminal, 'secret'), flags, keyPair).clientCredentials()
    // Never another one than was sent: what the API says is about that one.
    const token = await source.getAccessToken()
    return { getAccessToken: () => Promise.resolve(token) }
  }
  const value = await givenText('--token', flags.token, terminal)
  const type = keyPair === undefined ? ('Bearer' as const) : ('DPoP' as const)
  const token = {
    value,
    type,
    expiresAt: undefined,
    scopes: undefined,
    ...(keyPair !== undefined && { dpopKey: keyPair }),
  }
  return { getAccessToken: () => Promise.resolve(token) }
}

function headerOf(given: string): [string, string] {
  const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*(.*)$/.exec(given) ?? []
  if (name === undefined || value === undefined) throw new UsageError("--header: want 'name: value'")
  if (/^(?:authorization|dpop)$/i.test(name))
    throw new UsageError('--header: want the token as --token, the key as --dpop')
  return [name, value]
}

async function bodyOf({ data }: CallFlags): Promise<string | undefined> {
  if (data?.startsWith('@') !== true) return data
  try {
    return await readFile(data.slice(1), 'utf8')
  } catch (error) {
    throw new UsageError(`--data: ${messageOf(error)}`)
  }
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    const bytes = chunk as Uint8Array // of a body that nobody decodes
    size += bytes.length
    if (size > MOST_BODY) break
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** An API may answer with what it was sent. */
function hidden(text: string, token: string): string {
  return text.replaceAll(token, '(the token)')
}

/** On a terminal without control characters; into a pipe as it came. */
function printableLines(text: string, { stdout }: Terminal): string {
  if (!('isTTY' in stdout) || stdout.isTTY !== true) return text.replace(/\n$/, '')
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => printable(line, 10_000))
    .join('\n')
}
