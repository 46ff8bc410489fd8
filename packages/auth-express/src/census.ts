import { expectCensus as expectRows, sortCensus } from '@acme/auth-core/review'
import type { CensusRow, ReviewOptions } from '@acme/auth-core/review'
import type { Application } from 'express'

import { routerOf } from './express-layer.js'
import { routerRows } from './router-rows.js'

export { censusTable } from '@acme/auth-core/review'
export type { CensusAccess, CensusRow, ReviewOptions } from '@acme/auth-core/review'

/**
 * What protects each route, read from the router as it is. To be called when all routes are there.
 *
 * A guard counts for a route where it is met before the handler, in the same router or one around it, on a path that
 * covers the route's. What a middleware does is not seen: one that answers, rewrites `req.url`, or calls
 * `next('router')`. An `express()` that is mounted in another keeps its routes to itself, and is listed as unseen.
 *
 * @throws {TypeError} for what is no application of Express
 * @example
 * ```ts
 * import { createAuth } from '@acme/auth-express'
 * import { censusTable, routeCensus } from '@acme/auth-express/census'
 * import express from 'express'
 *
 * const { requireAuth } = createAuth({ issuer: 'https://issuer.example.com/', audience: 'https://api.example.com' })
 * const app = express()
 * app.get('/messages', requireAuth('read:messages'), (req, res) => void res.json([]))
 * console.log(censusTable(routeCensus(app))) // GET  /messages  guarded  scope read:messages
 * ```
 */
export function routeCensus(app: Application): readonly CensusRow[] {
  const router = routerOf(app)
  return router === undefined ? [] : sortCensus(routerRows(router))
}

/**
 * Compares {@link routeCensus} with a reviewed file, for tests: what is not guarded may only shrink.
 *
 * @param file - JSON, written with `UPDATE_REVIEWED=1`; a missing one is an error, in CI always
 * @throws {Error} that lists the routes, and says what to do
 * @example
 * ```ts
 * import { expectCensus } from '@acme/auth-express/census'
 * import express from 'express'
 *
 * const app = express()
 * export const test = (): void => expectCensus(app, new URL('census.json', import.meta.url))
 * ```
 */
export function expectCensus(app: Application, file: string | URL, options?: ReviewOptions): void {
  expectRows(routeCensus(app), file, options)
}
