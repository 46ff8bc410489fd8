import { ticketOf, subprotocolCredentials } from '../connections/handshake.js'
import { MalformedJwsError, parseCompactJws } from '../crypto/compact-jws.js'
import type { CompactJws } from '../crypto/compact-jws.js'
import { isAuthError } from '../outcome/errors.js'
import type { AuthScheme } from '../outcome/errors.js'
import type { ReportRow, ReportValue } from '../report/report.js'
import { MAX_TOKEN_LENGTH, readCredentials } from '../request/credentials.js'
import { headerValues } from '../request/resource-request.js'
import type { ResourceRequest } from '../request/resource-request.js'

/** What is known of a refused request. Nothing of it is verified, unless the check that verifies it passed. */
export interface Facts {
  readonly scheme: AuthScheme | undefined
  readonly method: string | undefined
  /** Whether a token came with the request itself; taken for granted where the request is not known. */
  readonly hasToken: boolean
  /** Whether its issuer is asked about the token. */
  readonly isOpaque: boolean
  readonly byTicket: boolean
  readonly token: Pick<CompactJws, 'header' | 'payload'>
  readonly proof: Pick<CompactJws, 'header' | 'payload'>
  /** What a row of the report says. */
  readonly value: (row: string) => ReportValue | undefined
  readonly enforced: (row: string) => boolean
}

/** Where the facts come from. */
export interface FactSources {
  readonly scheme: AuthScheme | undefined
  readonly method: string | undefined
  readonly request: ResourceRequest | undefined
  readonly rows: readonly ReportRow[]
  /** Whether the issuer is asked about tokens of all forms. */
  readonly asksAboutAll: boolean
}

const NOTHING: Facts['token'] = Object.freeze({ header: {}, payload: {} })

export function factsOf({ scheme, method, request, rows, asksAboutAll }: FactSources): Facts {
  const row = (id: string): ReportRow | undefined => rows.find((one) => one.id === id)
  const text = request && tokenOf(request)
  const token = parsed(text)
  const [proof, ...others] = request === undefined ? [] : headerValues(request, 'dpop')
  const introspects = row('opaque tokens')?.value === 'introspected'
  return {
    scheme,
    method,
    hasToken: request === undefined || text !== undefined,
    isOpaque: introspects && (asksAboutAll || (text !== undefined && token === undefined)),
    byTicket: request?.method === 'GET' && ticketOf(request.target) !== undefined,
    token: token ?? NOTHING,
    proof: (others.length === 0 ? parsed(proof) : undefined) ?? NOTHING,
    value: (id) => row(id)?.value,
    enforced: (id) => row(id)?.enforced === true,
  }
}

function tokenOf(request: ResourceRequest): string | undefined {
  try {
    const sent = headerValues(request, 'authorization').length > 0
    return (sent ? readCredentials(request) : subprotocolCredentials(request))?.token
  } catch (error) {
    if (isAuthError(error)) return undefined
    throw error
  }
}

function parsed(text: string | undefined): Facts['token'] | undefined {
  if (text === undefined || text.length > MAX_TOKEN_LENGTH) return undefined
  try {
    return parseCompactJws(text)
  } catch (error) {
    if (error instanceof MalformedJwsError) return undefined
    throw error
  }
}

/** The names of what a token is bound to, and no value. */
export function bindingOf({ token }: Facts): readonly string[] {
  const { cnf } = token.payload
  return typeof cnf === 'object' && cnf !== null ? Object.keys(cnf) : []
}
