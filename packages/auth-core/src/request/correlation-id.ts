import { headerValues } from './resource-request.js'
import type { ResourceRequest } from './resource-request.js'

// Whatever else somebody sent would reach a header, a log and a page.
const SAFE_ID = /^[A-Za-z0-9._:-]{1,128}$/

/** Names a request, by an option of the application: what it answers counts when it is one plain token. */
export type CorrelationIdOption = (request: ResourceRequest) => unknown

/**
 * What the answer, the event and the log have in common: by the option, else the framework's identifier, else the
 * caller's `X-Request-Id`, each when it is one plain token of at most 128 characters; else a new one.
 */
export function correlationId(request: ResourceRequest, option?: CorrelationIdOption): string {
  const sent = headerValues(request, 'x-request-id')
  return (
    safe(option && attempt(() => option(request))) ??
    safe(attempt(() => request.requestId)) ??
    (sent.length === 1 ? safe(sent[0]) : undefined) ??
    crypto.randomUUID()
  )
}

function safe(given: unknown): string | undefined {
  const id = typeof given === 'number' ? String(given) : given
  return typeof id === 'string' && SAFE_ID.test(id) ? id : undefined
}

/** A refusal must not become another answer because nobody could name it. */
function attempt(name: () => unknown): unknown {
  try {
    return name()
  } catch {
    return undefined
  }
}
