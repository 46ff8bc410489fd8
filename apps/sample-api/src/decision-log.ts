import type { AuthEvent } from '@acme/auth-core'

/** One JSON line on the standard error for each refused request; `correlation_id` is in the client's answer too. */
export function logRefusal(event: AuthEvent): void {
  if (event.type !== 'decision' || event.outcome !== 'refused') return
  const { correlationId, status, code, reason, detail, cause } = event
  console.error(
    JSON.stringify({
      event: 'refused',
      correlation_id: correlationId,
      status,
      code,
      reason,
      detail,
      cause: cause instanceof Error ? cause.message : undefined,
    }),
  )
}
