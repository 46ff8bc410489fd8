import type { Answer } from './http.js'

export interface Counts {
  requests: number
  accepted: number
  refused: number
  acceptedReplays: number
  unexpected: number
}

/** What happened to one request. */
export interface Observation {
  readonly server: string
  readonly kind: string
  readonly answer: Answer
  /** Outcomes that are right. */
  readonly expected: readonly string[]
  /** Whether its proof was accepted before. */
  readonly replay?: boolean
}

/** Counts by server and by kind, and the first answers that were not as they must be. */
export interface Tally {
  readonly servers: ReadonlyMap<string, Counts>
  readonly kinds: ReadonlyMap<string, Counts>
  readonly examples: readonly string[]
  record(observation: Observation): void
}

const EXAMPLES = 20

export function createTally(): Tally {
  const servers = new Map<string, Counts>()
  const kinds = new Map<string, Counts>()
  const examples: string[] = []
  return {
    servers,
    kinds,
    examples,
    record(observation) {
      const { server, kind, answer, expected } = observation
      count(countsOf(servers, server), observation)
      count(countsOf(kinds, kind), observation)
      if (expected.includes(answer.outcome) || examples.length >= EXAMPLES) return
      examples.push(`${server}, ${kind}: got ${answer.outcome}, want ${expected.join(' or ')}`)
    },
  }
}

function countsOf(counts: Map<string, Counts>, name: string): Counts {
  const known = counts.get(name)
  if (known !== undefined) return known
  const fresh = { requests: 0, accepted: 0, refused: 0, acceptedReplays: 0, unexpected: 0 }
  counts.set(name, fresh)
  return fresh
}

function count(counts: Counts, { answer, expected, replay = false }: Observation): void {
  counts.requests += 1
  if (answer.accepted) counts.accepted += 1
  else counts.refused += 1
  if (answer.accepted && replay) counts.acceptedReplays += 1
  if (!expected.includes(answer.outcome)) counts.unexpected += 1
}
