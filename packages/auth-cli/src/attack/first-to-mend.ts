import type { AttackProblem, AttackReport } from '@acme/auth-conformance'

import type { ToMend } from '../mend.js'
import { nameOf } from './baseline.js'
import type { ComparedFaults } from './baseline.js'

// What is worst comes first.
const KINDS: readonly AttackProblem['kind'][] = ['unanswered', 'accepted', 'error', 'limited', 'refused', 'challenge']

// Of what is accepted: who lets anybody in mends that before what helps a thief, and that before what confuses.
const WORST: readonly RegExp[] = [
  /^whoever writes such a token/,
  /^another issuer/,
  /^a token for another API/,
  /^whoever has any token/,
  /^whoever sends HEAD/,
  /^a token that was made for something else/,
  /^tokens (?:without an end|that leaked)/,
  /^a token that was stolen/,
]

/** What stopped the attack; else of the faults that are not known, and of the worst kind, what is most dangerous, and mends most. */
export function firstToMend(
  { stopped, results }: AttackReport,
  { fresh }: Pick<ComparedFaults, 'fresh'>,
): ToMend | undefined {
  if (stopped !== undefined) return { says: stopped.says, fix: stopped.mend }
  const faults = results
    .filter((one) => fresh.includes(nameOf(one)))
    .flatMap(({ name, problems }) => problems.map((problem) => ({ ...problem, says: `${name}: ${problem.says}` })))
    .filter(({ level }) => level === 'must')
  const kind = KINDS.find((one) => faults.some((fault) => fault.kind === one))
  const mendedWith = (mend: string): number => faults.filter((fault) => fault.mend === mend).length
  const [first] = faults
    .filter((fault) => fault.kind === kind)
    .toSorted((a, b) => rankOf(a) - rankOf(b) || mendedWith(b.mend) - mendedWith(a.mend))
  return first && { says: first.says, cause: `${first.clause}: ${first.means}`, fix: first.mend }
}

function rankOf({ means }: AttackProblem): number {
  const rank = WORST.findIndex((one) => one.test(means))
  return rank === -1 ? WORST.length : rank
}
