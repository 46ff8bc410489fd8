import { randomUUID } from 'node:crypto'

import { expect } from 'vitest'

import { send } from './client.js'
import type { Header, Incoming, Outgoing } from './client.js'
import type { Front } from './fronts.js'
import { HOST } from './fronts.js'
import type { ApiName } from './programs.js'
import type { Stage } from './stage.js'

/** One request to an API through a front. */
export interface Call {
  readonly front: Front
  readonly api: ApiName
  /** Default: GET. */
  readonly method?: string
  /** As the API has it. Default: /api/private. */
  readonly path?: string
  /** What the proof is made for. Default: the URL that is addressed. */
  readonly proofFor?: string
  /** Besides those of openid-client. */
  readonly headers?: readonly Header[]
  readonly target?: string
  readonly host?: string
  readonly ipv6?: boolean
  /** Default: over HTTP/1.1. */
  readonly by?: (outgoing: Outgoing) => Promise<Incoming>
}

/** The answer, with the identifier by which its event is found. */
export interface Answer extends Incoming {
  readonly correlationId: string
}

/** The URL by which a client addresses a path of an API. */
export function publicUrl(stage: Stage, front: Front, api: ApiName, path = '/api/private'): string {
  return `${stage.publicOrigin(front, api)}${front.prefix}${path}`
}

export async function call(stage: Stage, { front, api, ...options }: Call): Promise<Answer> {
  const { method = 'GET', path, by = send, headers = [], proofFor, ...rest } = options
  const url = publicUrl(stage, front, api, path)
  const { authorization, dpop } = await stage.wallet.credentials(method, proofFor ?? url)
  const correlationId = randomUUID()
  const own: Header[] = [
    ['Authorization', authorization],
    ['DPoP', dpop],
    ['X-Request-Id', correlationId],
  ]
  const { host } = new URL(url)
  // The URL without a port is reached at the port of the front, through whatever publishes it.
  const reached = front.publicPort ? url : url.replace(HOST, `${HOST}:${stage.port(front, api)}`)
  const answer = await by({ host, ...rest, method, url: reached, headers: [...own, ...headers], ca: stage.ca })
  return { ...answer, correlationId }
}

export function expectAccepted({ status, body }: Incoming): void {
  expect({ status, body }).toEqual({ status: 200, body: expect.stringContaining('"scheme":"DPoP"') })
}

/** What the API refuses, with the whole code. */
export function expectRefused({ status, body }: Incoming, code: 'DPOP_6009' | 'VAL_2007'): void {
  expect({ status, body }).toEqual({ status: 400, body: expect.stringContaining(`"code":"${code}"`) })
}
