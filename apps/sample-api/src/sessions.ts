import { isAuthError, memoryRevocations } from '@acme/auth-core'
import type { AuthContext, AuthOptions, MemoryRevocations, ResourceServer, TicketStore } from '@acme/auth-core'
import { redisRevocations } from '@acme/auth-redis/revocations'
import { redisTicketStore } from '@acme/auth-redis/tickets'
import { sharedSignals } from '@acme/auth-revocation'
import type { SharedSignals } from '@acme/auth-revocation'
import { createClient } from 'redis'

import type { CorsSettings } from './cors.js'
import type { Environment } from './variables.js'
import { text, wrong } from './variables.js'

/** Who is logged out, and what connections are opened by. */
export interface Sessions {
  readonly revocations: MemoryRevocations
  /** Where an issuer tells of sessions that ended; undefined where none does. */
  readonly signals: SharedSignals | undefined
  /** For the adapter. */
  readonly options: Pick<AuthOptions, 'revocation' | 'connections'>
  /** Connects in the background where replicas share them. */
  open(): void
  close(): Promise<void>
}

/** From `REDIS_URL`, `SSF_ISSUER` and `CORS_ORIGINS`. @throws {TypeError} that names the variable */
export function sessionsFrom(
  env: Environment,
  audience: AuthOptions['audience'],
  cors: CorsSettings | undefined,
): Sessions {
  const url = text(env, 'REDIS_URL')
  const shared = url === undefined ? undefined : onRedis(url)
  const revocations = shared?.revocations ?? memoryRevocations()
  const signals = signalsFrom(env, audience, revocations)
  return {
    revocations,
    signals,
    options: {
      revocation: signals === undefined ? revocations : [revocations, signals],
      connections: {
        ...(shared !== undefined && { tickets: shared.tickets }),
        ...(cors?.origins !== undefined && { allowedOrigins: cors.origins }),
      },
    },
    open: () => shared?.open(),
    close: async () => shared?.close(),
  }
}

/** What a route answers. */
export interface SessionAnswer {
  readonly status: number
  readonly body: object
}

/** `POST /api/logout-everywhere`: ends all sessions of a caller, here and on every replica, this one too. */
export async function logOutEverywhere(
  { issuer, subject }: AuthContext,
  { revocations }: Sessions,
): Promise<SessionAnswer> {
  if (subject !== undefined) await revocations.revoke({ issuer, subject })
  return { status: 200, body: { loggedOut: subject ?? null } }
}

/** `POST /api/tickets?path=/ws`: what a page opens a WebSocket or a stream of events with. */
export async function sellTicket(
  { issueTicket }: Pick<ResourceServer, 'issueTicket'>,
  auth: AuthContext,
  { path, origin }: { readonly path: unknown; readonly origin: string | undefined },
): Promise<SessionAnswer> {
  try {
    return { status: 200, body: await issueTicket(auth, { path: typeof path === 'string' ? path : '', origin }) }
  } catch (error) {
    if (!isAuthError(error)) throw error
    return { status: error.status, body: { error: error.error, code: error.code } }
  }
}

type Signal = Parameters<SharedSignals['receive']>[0]

/** `POST /security-events`: what an issuer tells of sessions that ended. */
export async function receiveSignal(
  { signals }: Sessions,
  request: Signal,
): Promise<{
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}> {
  if (signals !== undefined) return signals.receive(request)
  return { status: 501, headers: { 'content-type': 'application/json' }, body: JSON.stringify(NOT_CONFIGURED) }
}

export const NOT_CONFIGURED = { error: 'not_configured' } as const

interface SharedSessions extends Pick<Sessions, 'open' | 'close'> {
  readonly revocations: MemoryRevocations
  readonly tickets: TicketStore
}

function onRedis(url: string): SharedSessions {
  const client = createClient({ url, disableOfflineQueue: true })
  // Each failed attempt is an error; the source tells once.
  client.on('error', () => undefined)
  const revocations = redisRevocations(client, {
    // This API would rather serve than ask: a real one decides that for itself.
    onFailure: 'open',
    onEvent: ({ transition, detail }) => console.error(JSON.stringify({ event: 'revocations', transition, detail })),
  })
  return {
    revocations,
    tickets: redisTicketStore(client),
    open: () => void client.connect().catch(() => undefined),
    async close() {
      await revocations.close()
      if (client.isReady) await client.close()
      else client.destroy()
    },
  }
}

/** `SSF_ISSUER`: the transmitter, whose keys are found at its `/.well-known/ssf-configuration`. */
function signalsFrom(
  env: Environment,
  audience: AuthOptions['audience'],
  revocations: MemoryRevocations,
): SharedSignals | undefined {
  const issuer = text(env, 'SSF_ISSUER')
  if (issuer === undefined) return undefined
  if (!URL.canParse(issuer))
    throw wrong('SSF_ISSUER', issuer, 'the issuer of security events, such as https://issuer.example.com/')
  if (audience === undefined) throw new TypeError('SSF_ISSUER: is not for several tenants')
  return sharedSignals({ issuer, audience, revocations })
}
