import { pino } from 'pino'
import { describe, expect, it } from 'vitest'

import { auditLog, combineEvents } from '../src/index.js'
import type { AuditLogOptions } from '../src/index.js'
import { connection, decision, REFUSED, revocation } from './support.js'

const NOW = 1_760_000_000
const AT = '2025-10-09T08:53:20.000Z'
const WHO = { issuer: 'https://issuer.test/', subject: 'alice', client_id: 'app' }

interface Logged {
  readonly onEvent: ReturnType<typeof auditLog>
  readonly lines: Record<string, unknown>[]
  /** As they were written. */
  readonly texts: string[]
}

/** A real pino, and the lines that it has written. */
function logged(options: AuditLogOptions = {}): Logged {
  const lines: Record<string, unknown>[] = []
  const texts: string[] = []
  const write = (text: string): void => {
    texts.push(text)
    const { time: _time, pid: _pid, hostname: _hostname, ...line } = JSON.parse(text) as Record<string, unknown>
    lines.push(line)
  }
  return { onEvent: auditLog(pino({}, { write }), { now: () => NOW, ...options }), lines, texts }
}

const [INFO, WARN] = [30, 40]

describe('a line of the audit log', () => {
  it('of a decision says who, what, when, how and why', () => {
    const { onEvent, lines } = logged()
    onEvent(decision())
    onEvent(decision({ ...REFUSED, tenant: 't1' }))
    const request = { method: 'GET', route: '/items/:id', path: '/items/7', correlation_id: 'id-1', duration: 0.001 }
    const common = { event: 'auth.decision', at: AT, scheme: 'Bearer', ...request, ...WHO }
    expect(lines).toEqual([
      { level: INFO, outcome: 'accepted', ...common, msg: 'auth decision: accepted' },
      {
        level: INFO,
        outcome: 'refused',
        reason: 'token_expired',
        code: 'AUTH_1001',
        status: 401,
        detail: 'exp was 5 s ago',
        tenant: 't1',
        ...common,
        msg: 'auth decision: refused',
      },
    ])
  })

  it('of a connection and a revocation says the same', () => {
    const { onEvent, lines } = logged()
    onEvent({ ...connection('expired', 60), correlationId: 'id-1' })
    onEvent(revocation('revoked'))
    expect(lines).toEqual([
      {
        level: INFO,
        event: 'auth.connection',
        at: AT,
        transition: 'expired',
        route: '/items/:id',
        age: 60,
        open: 1,
        ...WHO,
        correlation_id: 'id-1',
        msg: 'auth connection: expired',
      },
      {
        level: INFO,
        event: 'auth.revocation',
        at: AT,
        transition: 'revoked',
        source: 'epochs',
        issuer: 'https://issuer.test/',
        subject: 'alice',
        msg: 'auth revocation: revoked',
      },
    ])
  })

  it('is a warning when somebody has to mend something, and never when a client is to blame', () => {
    const { onEvent, lines } = logged()
    const keys = { type: 'keys', issuer: 'i', keys: 1, detail: 'reset', retryAfter: 5, duration: 1 } as const
    for (const event of [
      decision({ ...REFUSED, reason: 'issuer_unavailable', status: 503 }),
      { ...keys, transition: 'stale' } as const,
      revocation('failed'),
      revocation('rejected'),
      { type: 'introspection', issuer: 'i', transition: 'misconfigured', detail: 'd', retryAfter: 1 } as const,
      { type: 'warning', code: 'insecure_hosts', detail: 'd' } as const,
      decision(REFUSED),
      { ...keys, transition: 'fetched' } as const,
      connection('refused'),
      revocation('recovered'),
    ])
      onEvent(event)
    expect(lines.map(({ level }) => level)).toEqual([WARN, WARN, WARN, WARN, WARN, WARN, INFO, INFO, INFO, INFO])
  })

  it('is one line without control characters, whatever a caller and an issuer have sent, and bounded', () => {
    const { onEvent, lines, texts } = logged()
    const evil = 'a\r\n{"level":30}\u001b[2J\u0085\u2028\u202Ereversed\uFEFF\uD800'
    const parts = { subject: evil, clientId: evil, issuer: evil, tenant: evil, detail: evil, path: evil, route: evil }
    onEvent(decision({ ...parts, method: evil, correlationId: evil }))
    onEvent(decision({ subject: 's'.repeat(100_000) }))
    onEvent({ ...connection('closed'), ...parts })
    expect(texts).toHaveLength(3)
    for (const text of texts) {
      expect(text.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|(?<!\\)\\[rnu]/u)
      expect(text.length).toBeLessThan(5000)
    }
    expect(lines[0]).toMatchObject({
      subject: String.raw`a\u{d}\u{a}{"level":30}\u{1b}[2J\u{85}\u{2028}\u{202e}reversed\u{feff}\u{d800}`,
    })
    expect(lines[1]).toMatchObject({ subject: `${'s'.repeat(500)}…` })
  })

  it('tells what the settings that are tried would refuse', () => {
    const { onEvent, lines } = logged()
    onEvent(decision({ shadow: { reason: 'dpop_required', code: 'VAL_2004', status: 400, detail: 'Bearer\n' } }))
    expect(lines[0]).toMatchObject({
      outcome: 'accepted',
      shadow_reason: 'dpop_required',
      shadow_detail: String.raw`Bearer\u{a}`,
    })
  })

  it('leaves out the cause, which may be any object', () => {
    const { onEvent, texts } = logged()
    onEvent(decision({ ...REFUSED, cause: new Error('with a secret', { cause: { token: 'secret' } }) }))
    expect(texts.join('')).not.toContain('secret')
  })
})

describe('the options of the audit log', () => {
  const all = [decision(), decision(REFUSED), connection('opened'), revocation('revoked')]
  const warning = { type: 'warning', code: 'insecure_hosts', detail: 'd' } as const

  it.each<[AuditLogOptions, string[]]>([
    [{}, ['accepted', 'refused', 'opened', 'revoked', 'insecure_hosts']],
    [{ decisions: 'refused' }, ['refused', 'opened', 'revoked', 'insecure_hosts']],
    [{ decisions: 'none', operations: false }, ['opened', 'revoked']],
    [{ connections: false, revocations: false }, ['accepted', 'refused', 'insecure_hosts']],
  ])('%j choose events', (options, expected) => {
    const { onEvent, lines } = logged(options)
    for (const event of [...all, warning]) onEvent(event)
    expect(lines.map(({ msg }) => String(msg).split(': ')[1])).toEqual(expected)
  })

  it('leave out the path', () => {
    const { onEvent, lines } = logged({ path: false })
    onEvent(decision())
    expect(lines[0]).not.toHaveProperty('path')
    expect(lines[0]).toMatchObject({ route: '/items/:id' })
  })

  it.each<[unknown, object, string]>([
    [pino({ level: 'silent' }), { decision: 'all' }, 'unknown option "decision", want one of decisions, connections'],
    [pino({ level: 'silent' }), { decisions: 'some' }, "decisions: want 'all', 'refused' or 'none'"],
    [() => undefined, {}, 'want a logger with info() and warn()'],
    [undefined, {}, 'want a logger with info() and warn()'],
  ])('and the logger are checked (%#)', (logger, options, message) => {
    expect(() => auditLog(logger as never, options)).toThrow(message)
  })
})

describe('combineEvents', () => {
  it('calls each hook, whatever others throw or reject with', async () => {
    const seen: string[] = []
    const thenable = { then: (_resolve: unknown, reject: (why: Error) => void) => reject(new Error('later')) }
    const onEvent = combineEvents(
      () => {
        throw new Error('broken')
      },
      async () => Promise.reject(new Error('broken')),
      () => thenable,
      undefined,
      ({ type }) => void seen.push(type),
    )
    onEvent(decision())
    await new Promise((resolve) => setImmediate(resolve))
    expect(seen).toEqual(['decision'])
  })

  it('refuses what is no function', () => {
    expect(() => combineEvents('log' as never)).toThrow('want functions')
  })
})
