/**
 * Looks for disagreements, in a great many random cases:
 * - signatures: crypto/node.js, crypto/web.js and jose, on good and changed tokens of every algorithm;
 * - decisions: a resource server that remembers tokens and one that does not, through clock moves, rotations and outages;
 * - proofs: DPoP proofs whose key is known, and the same where none is.
 *
 * Run after a build: `node packages/auth-core/bench/differential.mjs [cases] [seed]`. Ends with 1 on a disagreement.
 */
import { compareDecisions } from './decisions.mjs'
import { compareProofs } from './proofs.mjs'
import { compareSignatures } from './signatures.mjs'

/**
 * What a comparison counts.
 *
 * @typedef {object} Tally
 * @property {(kind: string) => void} count
 * @property {(description: object) => void} disagree
 */

const cases = Number(process.argv[2] ?? 100_000)
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31)
if (!Number.isSafeInteger(cases) || cases < 10 || !Number.isSafeInteger(seed)) {
  throw new TypeError('usage: differential.mjs [cases, 10 or more] [seed]')
}

const PARTS = /** @type {const} */ ([
  ['signatures', 0.5, compareSignatures],
  ['decisions', 0.4, compareDecisions],
  ['proofs', 0.1, compareProofs],
])

let disagreements = 0
console.log(`seed ${seed}, ${cases} cases`)
for (const [name, share, compare] of PARTS) {
  const started = performance.now()
  const counts = new Map()
  await compare(Math.round(cases * share), seed, {
    count: (kind) => counts.set(kind, (counts.get(kind) ?? 0) + 1),
    disagree(description) {
      disagreements += 1
      if (disagreements <= 20) console.log(`DISAGREEMENT in ${name}: ${JSON.stringify(description, undefined, 2)}`)
    },
  })
  console.log(`${name}: ${Math.round(cases * share)} cases in ${Math.round((performance.now() - started) / 1000)} s`)
  for (const [kind, count] of [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))) console.log(`  ${kind}: ${count}`)
}
console.log(`${disagreements} disagreements, seed ${seed}`)
process.exitCode = disagreements === 0 ? 0 : 1
