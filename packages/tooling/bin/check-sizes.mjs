// Bundles entries as a Worker would have them, and holds what they add to the bundle without them against a budget.
import { gzipSync } from 'node:zlib'
import { fileURLToPath } from 'node:url'

import { rolldown } from 'rolldown'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const conditionNames = ['workerd', 'worker', 'browser', 'import', 'module', 'default']

const WITHOUT = `import { Hono } from 'hono'
export default new Hono().get('/', (c) => c.json([]))`

const withAuth = (entry) => `import { Hono } from 'hono'
import { createAuth } from '${entry}'
const { requireAuth } = createAuth()
export default new Hono().get('/', requireAuth('read:messages'), (c) => c.json([]))`

// Thousands of bytes, minified and compressed by gzip.
const BUDGETS = [
  ['@acme/auth-hono/bearer', 23.5],
  ['@acme/auth-hono', 73],
]

// Of what a page loads, alone: names that it imports, the entry, and the budget.
const ALONE = [
  ['createDpopProof', '@acme/auth-client/dpop', 1],
  ['createDpopProof, generateDpopKeyPair', '@acme/auth-client/dpop', 2.2],
  ['createFetch', '@acme/auth-client', 7],
  ['createAuthClient', '@acme/auth-client', 25],
  ['storedDpopKeyPair', '@acme/auth-client/browser', 2.6],
  ['createBrowserTokenStore, createWebLock', '@acme/auth-client/browser', 2.6],
]

const bare = await size(WITHOUT, 'auth-hono')
let exceeded = false
for (const [entry, budget] of BUDGETS) {
  const added = ((await size(withAuth(entry), 'auth-hono')) - bare) / 1000
  process.stdout.write(`${entry}: ${added.toFixed(1)} KB more than hono alone, at most ${budget}\n`)
  if (added > budget) exceeded = true
}
for (const [names, entry, budget] of ALONE) {
  const own = (await size(`export { ${names} } from '${entry}'`, 'auth-client')) / 1000
  process.stdout.write(`${names} of ${entry}: ${own.toFixed(2)} KB, at most ${budget}\n`)
  if (own > budget) exceeded = true
}
if (exceeded) {
  process.stderr.write('a bundle is larger than its budget\n')
  process.exitCode = 1
}

/** Bytes of a bundle of a module that stands in a package. */
async function size(code, folder) {
  const id = `${root}packages/${folder}/worker.mjs`
  const source = {
    name: 'source',
    resolveId: (given) => (given === id ? id : null),
    load: (given) => (given === id ? code : null),
  }
  const build = await rolldown({ input: id, platform: 'browser', resolve: { conditionNames }, plugins: [source] })
  const { output } = await build.generate({ format: 'esm', minify: true })
  return gzipSync(output.map((chunk) => chunk.code ?? '').join(''), { level: 9 }).length
}
