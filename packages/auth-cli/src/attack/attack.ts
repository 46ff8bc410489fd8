import { readFile, writeFile } from 'node:fs/promises'

import { attackAreas, attackApi, createContractFixture } from '@acme/auth-conformance'
import type { AttackOptions, AttackReport, ContractFixture, GivenToken } from '@acme/auth-conformance'

import type { AttackFlags } from '../commands/attack.js'
import { givenSecret } from '../given-text.js'
import { isObject } from '../inspect/decode.js'
import { messageOf, UsageError } from '../terminal.js'
import type { Answer, Terminal } from '../terminal.js'
import { attackText } from './attack-text.js'
import { comparedWith, knownFaults, writeBaseline } from './baseline.js'
import { firstToMend } from './first-to-mend.js'
import { junitXml } from './junit.js'
import { startApi } from './started-api.js'

/** Attacks an API of the caller's, and tells what was found. */
export async function attack(url: string, flags: AttackFlags, terminal: Terminal): Promise<Answer> {
  // Before anything is sent.
  const known = await knownFaults(flags, terminal)
  const options = await optionsOf(flags, terminal)
  const report =
    flags.token === undefined
      ? await withIssuer(url, options, flags, terminal)
      : await attackApi(url, { ...options, given: await givenToken(flags.token, flags, terminal) })
  if (flags.updateBaseline === true) await writeBaseline(flags, report)
  const compared = comparedWith(flags.updateBaseline === true ? undefined : known, report)
  if (flags.junit !== undefined) await written('--junit', flags.junit, junitXml(report, compared))
  const ok = report.stopped === undefined && compared.fresh.length === 0 && compared.mended.length === 0
  const isMended = ok || (flags.updateBaseline === true && report.stopped === undefined)
  return {
    found: !isMended,
    value: { ...report, ok: isMended, primary: firstToMend(report, compared) ?? null, baseline: compared },
    text: attackText(report, compared, { verbose: flags.verbose === true }, terminal),
  }
}

async function written(name: string, file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((error: unknown) => {
    throw new UsageError(`${name}: ${messageOf(error)}`)
  })
}

async function optionsOf(flags: AttackFlags, terminal: Terminal): Promise<AttackOptions> {
  const only = flags.only?.flatMap((part) => areasOf(part))
  return {
    method: flags.method.toUpperCase(),
    headers: flags.header.map(headerOf),
    rate: Number(flags.rate),
    timeout: Number(flags.timeout),
    ownHost: flags.iOwnThisHost === true,
    ...(only && { only }),
    ...(flags.scope && { scopes: flags.scope }),
    ...(flags.claims !== undefined && { claims: await claimsOf(flags.claims, terminal) }),
    ...(flags.ca !== undefined && { ca: await contentOf('--ca', flags.ca) }),
    ...(terminal.signal && { signal: terminal.signal }),
  }
}

function areasOf(part: string): readonly string[] {
  const areas = attackAreas.filter((area) => area.toLowerCase().includes(part.toLowerCase()))
  if (areas.length === 0) throw new UsageError(`--only ${part}: want a part of ${attackAreas.join(', ')}`)
  return areas
}

function headerOf(given: string): readonly [name: string, value: string] {
  const [, name, value] = /^([\w!#$%&'*+.^`|~-]+): *([\t\x20-\x7E\x80-\xFF]*)$/.exec(given) ?? []
  if (name === undefined || value === undefined) throw new UsageError('--header: want name:value')
  return [name, value]
}

async function claimsOf(given: string, terminal: Terminal): Promise<Readonly<Record<string, unknown>>> {
  const claims = parsed('--claims', given.startsWith('{') ? given : await givenSecret('--claims', given, terminal))
  if (!isObject(claims)) throw new UsageError('--claims: want a JSON object')
  return claims
}

/** Of a file that may hold a key: nothing of it is told. */
function parsed(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new UsageError(`${name}: is not JSON`)
  }
}

async function contentOf(name: string, file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw new UsageError(`${name}: ${messageOf(error)}`)
  })
}

async function givenToken(given: string, { dpopKey }: AttackFlags, terminal: Terminal): Promise<GivenToken> {
  const token = await givenSecret('--token', given, terminal)
  if (dpopKey === undefined) return { token }
  const key = parsed('--dpop-key', await contentOf('--dpop-key', dpopKey.replace(/^@/, '')))
  if (!isObject(key)) throw new UsageError('--dpop-key: want a private key as a JWK')
  return { token, key }
}

/** With an issuer of its own, and the API, where that is to be started. */
async function withIssuer(
  url: string,
  options: AttackOptions,
  flags: AttackFlags,
  terminal: Terminal,
): Promise<AttackReport> {
  if (flags.dpopKey !== undefined) throw new UsageError('--dpop-key: is that of --token')
  const fixture = await startIssuer(flags, terminal)
  const { issuer, audience } = fixture.issuer
  const variables = { AUTH0_ISSUER: issuer, AUTH0_AUDIENCE: audience }
  try {
    if (flags.start === undefined) {
      const settings = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
      terminal.stderr.write(`acme-auth: the API has to trust the issuer of this attack: ${settings.join(' ')}\n`)
      return await attackApi(url, { ...options, fixture })
    }
    if (flags.iOwnThisHost !== true && !isHere(url)) throw new UsageError('--start: want the URL of this machine')
    const api = await startApi(flags.start, url, variables, terminal)
    return await attackApi(url, { ...options, fixture }).finally(() => api.stop())
  } finally {
    await fixture.close()
  }
}

/** By its name, of which nobody is asked. */
function isHere(url: string): boolean {
  if (!URL.canParse(url)) throw new UsageError('<url>: want a URL')
  return /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(new URL(url).hostname)
}

async function startIssuer(flags: AttackFlags, { environment }: Terminal): Promise<ContractFixture> {
  const { issuerPort, audience, algorithm } = flags
  const port = Number(issuerPort)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new UsageError('--issuer-port: want a port number, or 0 for a free one')
  const named = audience ?? environment['AUTH0_AUDIENCE'] ?? ''
  return createContractFixture({ audience: named === '' ? 'https://api.example.com' : named, port, algorithm }).catch(
    (error: unknown) => {
      throw new UsageError(`--issuer-port ${port}: ${messageOf(error)}: name another, or end what is there`)
    },
  )
}
