import type { Candidate } from '../rounds.js'
import { Texts } from '../material.js'
import { ProofCursor } from '../proof-pool.js'
import type { DpopCredentials, ProofPool } from '../proof-pool.js'

/** A way to verify a Bearer token. */
export interface BearerCheck {
  readonly name: string
  readonly takes: 'token' | 'authorization'
  readonly synchronous: boolean
  /** Throws or rejects when the token is refused. */
  readonly verify: (text: string) => unknown
}

/** A way to verify an access token and a proof. */
export interface DpopCheck {
  readonly name: string
  /** Throws or rejects when the request is refused. */
  readonly verify: (credentials: DpopCredentials) => unknown
}

/** Of an asynchronous check also with 32 in flight. */
export const WIDTH = 32

export function inFlightName(name: string): string {
  return `${name} @${WIDTH}`
}

/** Candidates of a Bearer check. */
export function bearerCandidates(check: BearerCheck, tokens: readonly string[]): readonly Candidate[] {
  const texts = new Texts(tokens, prefixOf(check))
  const operation = (): unknown => check.verify(texts.next())
  return atBothWidths(check.name, check.synchronous, () => ({ operation }))
}

/** Shows a check every token twice, so that none is new to it: a cache may wait for a token to come again. */
export async function primeBearer(check: BearerCheck, tokens: readonly string[]): Promise<void> {
  for (const token of [...tokens, ...tokens]) await check.verify(prefixOf(check) + token)
}

/** Candidates of a DPoP check. Each width gets a check of its own, since each walks through the pool by itself. */
export function dpopCandidates(create: () => DpopCheck, pool: ProofPool): readonly Candidate[] {
  return atBothWidths(create().name, false, () => dpopSteps(create(), new ProofCursor(pool)))
}

/** The same for a check to which every client and token of the pool is known. */
export async function primedDpopCandidates(create: () => DpopCheck, pool: ProofPool): Promise<readonly Candidate[]> {
  const checks = [create(), create()]
  for (const check of checks) await primeDpop(check, pool)
  return atBothWidths(create().name, false, () =>
    dpopSteps(checks.pop() ?? create(), new ProofCursor(pool, 2 * pool.tokens)),
  )
}

/** Shows a check the first two requests with every token. */
export async function primeDpop(check: DpopCheck, pool: ProofPool): Promise<void> {
  pool.ensure(2 * pool.tokens)
  for (let index = 0; index < 2 * pool.tokens; index++) await check.verify(pool.at(index))
}

export function dpopSteps(check: DpopCheck, cursor: ProofCursor): Pick<Candidate, 'operation' | 'prepare'> {
  return { prepare: cursor.prepare, operation: () => check.verify(cursor.next()) }
}

function atBothWidths(
  name: string,
  synchronous: boolean,
  create: () => Pick<Candidate, 'operation' | 'prepare'>,
): readonly Candidate[] {
  if (synchronous) return [{ name, inFlight: 0, ...create() }]
  return [
    { name, inFlight: 1, ...create() },
    { name: inFlightName(name), inFlight: WIDTH, ...create() },
  ]
}

export function prefixOf({ takes }: BearerCheck): string {
  return takes === 'token' ? '' : 'Bearer '
}

/** @throws {Error} unless the good one is accepted and each bad one refused: a check that skips a step is no peer */
export async function requireVerdicts<Input>(
  check: { readonly name: string; readonly verify: (input: Input) => unknown },
  good: Input,
  bad: Readonly<Record<string, Input>>,
): Promise<void> {
  const refused = await refusal(check.verify, good)
  if (refused !== undefined) throw new Error(`${check.name} refuses a good one`, { cause: refused })
  for (const [what, input] of Object.entries(bad)) {
    if ((await refusal(check.verify, input)) === undefined) throw new Error(`${check.name} accepts ${what}`)
  }
}

async function refusal<Input>(verify: (input: Input) => unknown, input: Input): Promise<unknown> {
  try {
    await verify(input)
    return undefined
  } catch (error) {
    return error ?? new Error('refused')
  }
}
