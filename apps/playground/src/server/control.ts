import type { Api } from '@acme/sample-api/page'

import { altered, ALTERATIONS } from './alterations.js'
import type { Deployments } from './deployments.js'
import { ControlError } from './guard.js'
import { readMode } from './modes.js'
import type { Mode } from './modes.js'
import type { Operator } from './operator.js'
import { offeredRoutes, REVOKING } from './routes.js'
import { send } from './send.js'
import type { TestTenant } from './tenant.js'
import { claimsOf } from './token-claims.js'

type Asked = Readonly<Record<string, unknown>>

/** What the page asks of its server, by path. */
export type Control = Readonly<Record<string, (asked: Asked) => Promise<object>>>

/** What that takes. */
export interface Parts {
  readonly deployments: Deployments
  readonly operator: Operator
  readonly tenant: TestTenant
}

export function createControl({ deployments, operator, tenant }: Parts): Control {
  async function apiOf(asked: Asked): Promise<{ readonly mode: Mode; readonly api: Api }> {
    const mode = modeOf(asked)
    const api = (await deployments.in(mode)).find(({ name }) => name === asked['server'])
    if (api === undefined) throw new ControlError(400, 'server: want one of the five')
    return { mode, api }
  }
  return {
    /** The servers in this mode, started when they do not run yet. */
    '/servers': async (asked) => ({ servers: await deployments.in(modeOf(asked)) }),
    /** Sends a request to one of them, and tells what came back. */
    '/send': async (asked) => {
      const { mode, api } = await apiOf(asked)
      const { method, path } = routeOf(asked)
      const outgoing = { method, url: api.origin + path, headers: headersOf(asked['headers']) }
      return send(outgoing).catch((error: unknown) => {
        // The page need not wait until the others have ended.
        void deployments.lost(mode)
        throw unanswered(api, error)
      })
    },
    /** A token like the one that is given, but for what is to be wrong with it. */
    '/token': async (asked) => {
      const wanted = listOf(asked['alter'])
      const alterations = ALTERATIONS.filter((one) => wanted.includes(one))
      if (alterations.length !== wanted.length) throw new ControlError(400, `alter: want ${ALTERATIONS.join(', ')}`)
      const claims = altered(claimsGiven(asked['token']), alterations, Date.now() / 1000)
      return { token: await tenant.sign(claims) }
    },
    /** Why a server has refused a request. */
    '/trace': async (asked) => {
      const { mode, api } = await apiOf(asked)
      return { trace: (await operator.trace(mode, api, idOf(asked['id']))) ?? null }
    },
  }
}

function unanswered({ name, origin }: Api, error: unknown): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  const message = `${name} does not answer at ${origin} (${code}): servers of this page start anew when you send again`
  return new ControlError(502, message)
}

function modeOf({ dpop, nonce }: Asked): Mode {
  return readMode(dpop, nonce) ?? bad('dpop, nonce: want a mode')
}

function routeOf({ method, path }: Asked): { readonly method: string; readonly path: string } {
  const known = [...offeredRoutes, REVOKING].find((one) => one.method === method && one.path === path)
  return known ?? bad('method, path: want an offered route')
}

/** Credentials alone: the rest is HTTP's. */
function headersOf(value: unknown): [string, string][] {
  return listOf(value).map((pair) => {
    const [name, text] = listOf(pair)
    if ((name === 'Authorization' || name === 'DPoP') && typeof text === 'string' && /^[\x20-\x7e]+$/.test(text)) {
      return [name, text]
    }
    return bad('headers: want pairs of Authorization or DPoP and a value')
  })
}

function claimsGiven(token: unknown): ReturnType<typeof claimsOf> {
  try {
    return claimsOf(textOf(token, 'token'))
  } catch {
    return bad('token: want a JWT')
  }
}

/** Becomes a part of a path: no dots alone, which would lead to another. */
function idOf(value: unknown): string {
  const isId = typeof value === 'string' && /^(?=.*\w)[\w.:-]{1,128}$/.test(value)
  return isId ? value : bad('id: want the correlation id of an answer')
}

function textOf(value: unknown, name: string): string {
  return typeof value === 'string' ? value : bad(`${name}: want text`)
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : bad('want a list')
}

function bad(message: string): never {
  throw new ControlError(400, message)
}
