import { mkdtemp, rm } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { freePort } from '@acme/tests-servers'
import { afterAll, afterEach, beforeAll } from 'vitest'

import { listen, startApi } from '../apis.js'
import type { Running } from '../apis.js'
import { acmeAuth } from '../support.js'
import type { Ran, RunOptions } from '../support.js'

export const AUDIENCE = 'https://api.example.com'

/** What tests of attacks have at hand. What they start is ended after each. */
export interface Attacks {
  /** Of the attack; nothing is there between two. */
  readonly issuer: string
  readonly issuerPort: number
  /** Options of every attack. */
  readonly fast: readonly string[]
  file(name: string): string
  attack(url: string, args?: readonly string[], options?: RunOptions): Promise<Ran>
  closing(close: () => Promise<void>): void
  kept(running: Running): Running
  /** The URL of a route of ours, whose API trusts the issuer of the attack. */
  guardedApi(): Promise<string>
  /** The URL of one that accepts whatever looks like a token. */
  credulousApi(listener?: RequestListener): Promise<string>
}

/** Declares what starts and ends it all. */
export function attacks(): Attacks {
  let folder: string
  let issuerPort: number
  const closers: (() => Promise<void>)[] = []
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'acme-attack-'))
    issuerPort = await freePort()
  })
  afterEach(async () => {
    await Promise.all(closers.splice(0).map((close) => close()))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const all: Attacks = {
    get issuer() {
      return `http://127.0.0.1:${issuerPort}/`
    },
    get issuerPort() {
      return issuerPort
    },
    get fast() {
      return ['--rate', '1000', '--issuer-port', String(issuerPort)]
    },
    file: (name) => join(folder, name),
    attack: (url, args = [], options = {}) => acmeAuth(['attack', url, ...all.fast, ...args], options),
    closing: (close) => void closers.push(close),
    kept(running) {
      closers.push(() => running.close())
      return running
    },
    guardedApi: async () => `${all.kept(await startApi({ issuer: all.issuer, audience: AUDIENCE })).origin}/me`,
    credulousApi: async (listener = () => undefined) =>
      `${
        all.kept(
          await listen((request, response) => {
            listener(request, response)
            if (!response.writableEnded) credulous(request, response)
          }),
        ).origin
      }/me`,
  }
  return all
}

const credulous: RequestListener = ({ headers }, response) => {
  if (/^Bearer [\w.~+/-]+=*$/i.test(headers.authorization ?? '')) response.end('{}')
  else response.writeHead(401, { 'WWW-Authenticate': 'Bearer realm="<&>\u0080"' }).end()
}
