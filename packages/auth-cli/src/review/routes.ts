import type { CensusRow, ReviewOptions } from '@acme/auth-core/review'

import type { RoutesFlags } from '../commands/routes.js'
import type { ToMend } from '../mend.js'
import { messageOf, UsageError } from '../terminal.js'
import type { Answer, Terminal } from '../terminal.js'
import { compared, reviewText } from './compared.js'
import { exportOf, loadUserModule } from './user-module.js'
import type { UserModule } from './user-module.js'

/** The entry `census` of an adapter. */
interface Census {
  routeCensus(app: unknown): readonly CensusRow[]
  censusTable(rows: readonly CensusRow[]): string
  expectCensus(app: unknown, file: string, options: ReviewOptions): void
}

/** What protects each route of an application, and whether that is as it was reviewed. */
export async function routes(file: string, flags: RoutesFlags, terminal: Terminal): Promise<Answer> {
  const module = await loadUserModule(file)
  const app = await applicationOf(await exportOf(module, flags.export, ['app', 'default', 'createApp', 'server'], file))
  const census = await censusFor(app, module)
  const rows = census.routeCensus(app)
  const open = rows.filter(({ access }) => access === 'open')
  const primary = flags.check === undefined ? openRoutes(open) : differences(census, app, flags.check, flags.update)
  const table = rows.length === 0 ? 'no routes' : census.censusTable(rows)
  return {
    found: primary !== undefined,
    value: { ok: primary === undefined, primary: primary ?? null, routes: rows.map(withoutRequirements) },
    text: reviewText(table, primary, terminal),
  }
}

function withoutRequirements({ requirements: _, ...row }: CensusRow): Omit<CensusRow, 'requirements'> {
  return row
}

function openRoutes(open: readonly CensusRow[]): ToMend | undefined {
  if (open.length === 0) return undefined
  const names = open.map(({ method, path }) => `${method} ${path}`).join(', ')
  const fix = "put a guard in front (one that stands behind the route is not met), or say publicRoute('why')"
  return { says: `nothing protects ${names}`, fix }
}

function differences(census: Census, app: unknown, file: string, update: boolean | undefined): ToMend | undefined {
  return compared(() => census.expectCensus(app, file, update === undefined ? {} : { update }))
}

/** An application, or what a function without arguments makes. */
async function applicationOf(exported: unknown): Promise<unknown> {
  const awaited: unknown = await exported
  if (typeof awaited !== 'function' || 'handle' in awaited || awaited.length > 0) return awaited
  return Reflect.apply(awaited, undefined, []) as unknown // of the application
}

/** By what each framework's applications have, and no other's. */
async function censusFor(app: unknown, { load }: UserModule): Promise<Census> {
  const has = (name: string): boolean =>
    (typeof app === 'object' || typeof app === 'function') && app !== null && name in app
  const adapter = has('getHttpAdapter')
    ? 'nestjs'
    : has('printRoutes')
      ? 'fastify'
      : has('handle') && has('set')
        ? 'express'
        : has('routes') && has('fetch')
          ? 'hono'
          : undefined
  if (adapter === undefined)
    throw new UsageError(
      'the export is no application of Express, Fastify, NestJS or Hono, and no function that makes one',
    )
  if (adapter === 'fastify') await ready(app, 'ready')
  if (adapter === 'nestjs') await ready(app, 'init')
  try {
    return load(`@acme/auth-${adapter}/census`) as Census // as that package has it
  } catch (error) {
    throw new UsageError(`@acme/auth-${adapter}, from where the module is: ${messageOf(error)}`)
  }
}

async function ready(app: unknown, method: 'ready' | 'init'): Promise<void> {
  await (app as Record<typeof method, () => Promise<unknown>>)[method]() // as these frameworks have it
}
