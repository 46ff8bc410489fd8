import type { DecisionEvent } from '@acme/auth-core'
import { trace } from '@opentelemetry/api'
import type { Attributes } from '@opentelemetry/api'

/** What spans tell beside the outcome. */
export interface SpanOptions {
  /**
   * Whether they tell who the caller is: `enduser.id`, the subject, with `acme.auth.issuer` and `acme.auth.client_id`. Personal
   * data: ask who may read traces. @defaultValue false
   */
  readonly user?: boolean | undefined
}

// Characters: subjects and clients are as long as an issuer makes them.
const LONGEST = 256

/** Tells the active span of the request what was decided. Costs nothing where no span is recorded. */
export function markSpan(event: DecisionEvent, user: boolean): void {
  const span = trace.getActiveSpan()
  if (span?.isRecording() !== true) return
  span.setAttributes(user ? { ...outcomeOf(event), ...userOf(event) } : outcomeOf(event))
}

function outcomeOf({ outcome, reason, scheme, correlationId, status }: DecisionEvent): Attributes {
  return {
    'acme.auth.outcome': outcome,
    'acme.auth.correlation_id': correlationId,
    ...(reason !== undefined && { 'acme.auth.reason': reason }),
    ...(scheme !== undefined && { 'acme.auth.scheme': scheme }),
    // Stable, and for faults alone: a client's mistake is no error of the server (HTTP span conventions, Status).
    ...(reason !== undefined && status !== undefined && status >= 500 && { 'error.type': reason }),
  }
}

// `enduser.id` is incubating: its package may change with any minor version, so the name stands here.
function userOf({ subject, issuer, clientId }: DecisionEvent): Attributes {
  return {
    ...(subject !== undefined && { 'enduser.id': subject.slice(0, LONGEST) }),
    ...(issuer !== undefined && { 'acme.auth.issuer': issuer.slice(0, LONGEST) }),
    ...(clientId !== undefined && { 'acme.auth.client_id': clientId.slice(0, LONGEST) }),
  }
}
