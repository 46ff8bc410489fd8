import type { AuthEvent, AuthOptions, RevocationListener, RevocationSource, Trace, TraceStore } from '@acme/auth-core'
import { createTestKey, startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer, TestKey } from '@acme/auth-testing'

/** The origin of the only page that may connect. */
export const PAGE = 'https://app.test'

/** What the servers of one run share. */
export interface Fixture {
  readonly issuer: ListeningTestIssuer
  /** Another one that is trusted, too. */
  readonly partner: ListeningTestIssuer
  readonly key: TestKey
  readonly revocations: TestRevocations
  readonly events: AuthEvent[]
  readonly traces: TestTraces
  options(): AuthOptions
  close(): Promise<void>
}

/** Revokes the tokens of subjects. */
export class TestRevocations implements RevocationSource {
  readonly name = 'test'
  readonly #subjects = new Set<string>()
  readonly #listeners = new Set<RevocationListener>()

  check({ subject }: { readonly subject: string | undefined }): boolean {
    return subject !== undefined && this.#subjects.has(subject)
  }

  subscribe(listener: RevocationListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  revoke(subject: string): void {
    this.#subjects.add(subject)
    for (const listener of this.#listeners) listener.revoked({ subject })
  }
}

/** Why something was refused, of all servers. */
export class TestTraces implements TraceStore {
  readonly texts: string[] = []

  put(_id: string, text: string): void {
    this.texts.push(text)
  }

  get(): readonly string[] {
    return []
  }

  /** Those of a correlation id. */
  of(id: string): readonly Trace[] {
    const traces = this.texts.map((text) => JSON.parse(text) as Trace) // as core writes them
    return traces.filter(({ correlationId }) => correlationId === id)
  }
}

export async function createFixture(): Promise<Fixture> {
  const audience = 'https://api.test/'
  const [issuer, partner] = await Promise.all([startTestIssuer({ audience }), startTestIssuer({ audience })])
  const key = await createTestKey('ES256')
  const revocations = new TestRevocations()
  const events: AuthEvent[] = []
  const traces = new TestTraces()
  return {
    issuer,
    partner,
    key,
    revocations,
    events,
    traces,
    options: () => ({
      issuers: [issuer.issuer, partner.issuer],
      audience,
      clockTolerance: 0,
      revocation: revocations,
      connections: { allowedOrigins: [PAGE] },
      traces: { store: traces },
      onEvent: (event) => void events.push(event),
    }),
    close: async () => {
      await Promise.all([issuer.close(), partner.close()])
    },
  }
}
