import { sharedSignals, tokenStatusList } from '@acme/auth-revocation'

/** What a test hands over, as JSON. */
export interface Lesson {
  readonly issuer: string
  readonly poll: string
  /** Security event tokens. */
  readonly pushed: readonly string[]
  readonly list: string
}

/** What a resource server learned. */
export interface Learned {
  readonly statuses: readonly number[]
  readonly revoked: readonly string[]
  readonly listed: readonly boolean[]
  readonly state: string
}

/** Learns of revoked tokens by push, by poll and by status list. */
export async function learn({ issuer, poll, pushed, list }: Lesson): Promise<Learned> {
  const revoked: string[] = []
  let polled: () => void = () => undefined
  const arrived = new Promise<void>((resolve) => {
    polled = resolve
  })
  const signals = sharedSignals({
    issuer,
    audience: 'https://api.test/',
    authorization: 'Bearer stream',
    poll: { url: poll, interval: 0.05 },
    revocations: { revoke: ({ subject = '' }) => void revoked.push(subject) },
    onEvent: ({ tokens = [] }) => (tokens.some(({ subject }) => subject === 'polled') ? polled() : undefined),
  })
  const headers = { 'content-type': 'application/secevent+jwt', authorization: 'Bearer stream' }
  const statuses: number[] = []
  for (const body of pushed) {
    statuses.push(
      (await signals.receive(new Request('https://api.test/events', { method: 'POST', headers, body }))).status,
    )
  }
  signals.start()
  await arrived
  await signals.stop()

  const lists = tokenStatusList({ issuers: [{ issuer }] })
  const none = { subject: undefined, clientId: undefined, sessionId: undefined, tokenId: undefined, issuedAt: 0 }
  const ask = async (idx: number): Promise<boolean> => {
    const claims = { iss: issuer, exp: 0, aud: [], status: { status_list: { idx, uri: list } } }
    // as: of the claims, one is looked at
    const token = { issuer, ...none, expiresAt: 4_000_000_000, claims } as unknown as Parameters<typeof lists.check>[0]
    const answer = await lists.check(token)
    return typeof answer === 'boolean' ? answer : answer.revoked
  }
  return { statuses, revoked, listed: await Promise.all([0, 1, 99].map(ask)), state: signals.state() }
}
