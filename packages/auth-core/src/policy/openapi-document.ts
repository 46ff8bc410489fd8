import type { Requirements } from '../authorization/requirement-types.js'
import type { CensusRow } from '../review/census.js'
import { isPlainObject } from '../util/json.js'
import { openApiSecurity, openApiSecuritySchemes } from './openapi-security.js'
import type { OpenApiOperationSecurity, OpenApiSecurityOptions } from './openapi-security.js'

/** Operations by path and method. */
export type OpenApiPaths = Record<string, Record<string, Record<string, unknown>>>

// OpenAPI 3.1 §4.8.9.
const METHODS: readonly string[] = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']

// Frameworks answer them beside the others.
const IMPLICIT: readonly string[] = ['options', 'head']

/**
 * Operations for the routes of a census, for an application without a library that makes them: parameters of the path, and
 * a response 200. Left out is what OpenAPI has no words for: patterns, wildcards, routes for all methods, and messages.
 *
 * @example
 * ```ts
 * import { openApiPaths } from '@acme/auth-core/openapi'
 *
 * const row = { method: 'GET', path: '/messages/:id', access: 'open', needs: undefined, reason: undefined } as const
 * console.log(Object.keys(openApiPaths([row]))) // ['/messages/{id}']
 * ```
 */
export function openApiPaths(rows: readonly CensusRow[]): OpenApiPaths {
  const paths: OpenApiPaths = {}
  for (const { method, path } of rows) {
    const name = method.toLowerCase()
    const template = templateOf(path)
    if (template === undefined || !METHODS.includes(name) || IMPLICIT.includes(name)) continue
    const parameters = [...template.matchAll(PARAMETER)].map((match) => parameter(match[1] ?? ''))
    const operation = { ...(parameters.length > 0 && { parameters }), responses: { 200: { description: 'OK' } } }
    paths[template] = { ...paths[template], [name]: operation }
  }
  return paths
}

// RFC 3986 §3.3, without what patterns are made of.
const PLAIN_PATH = /^\/[\w\-.~%!$&',;=@/]*$/
const PARAMETER = /\{(\w+)\}/g

function parameter(name: string): object {
  return { name, in: 'path', required: true, schema: { type: 'string' } }
}

/** `/x/:id` as `/x/{id}`, without the pattern that a framework lets a parameter have; undefined for what is no template. */
function templateOf(path: string): string | undefined {
  // A brace that begins with a slash is an optional part of a path of Express'.
  const template = path.replaceAll(/:(\w+)(?:\([^()]*\)|\{[^{}/][^{}]*\})?/g, '{$1}')
  return PLAIN_PATH.test(template.replaceAll(PARAMETER, '')) ? template : undefined
}

/**
 * A copy of an OpenAPI 3.1 document whose operations say what guards them: `security`, the refusals among `responses`, and
 * `components.securitySchemes`. A route that is public on purpose gets an empty `security`. One that nothing protects, or
 * that cannot be seen, is left as it is. What the document says itself of a response or a scheme stays.
 *
 * @param rows - the census of the application
 * @throws {TypeError} that names the operations for which there is no route: what is said of them would be wrong
 * @example
 * ```ts
 * import { requirements } from '@acme/auth-core'
 * import { openApiPaths, secureOpenApi } from '@acme/auth-core/openapi'
 *
 * const wanted = [requirements('read:messages')]
 * const place = { method: 'GET', path: '/messages', needs: 'scope read:messages', reason: undefined }
 * const rows = [{ ...place, access: 'guarded', requirements: wanted } as const]
 * const info = { title: 'Messages', version: '1' }
 * const document = secureOpenApi({ openapi: '3.1.0', info, paths: openApiPaths(rows) }, rows)
 * console.log(document.paths['/messages']?.['get']?.['security']) // [{ bearer: [] }, { dpop: [] }]
 * ```
 */
export function secureOpenApi<Document extends object>(
  document: Document,
  rows: readonly CensusRow[],
  options: OpenApiSecurityOptions = {},
): Document {
  const missing: string[] = []
  const seen: Requirements[] = []
  const secured = (path: string, item: unknown): unknown => {
    if (!isPlainObject(item)) return item
    const operations = Object.entries(item).map(([method, operation]) => {
      if (!METHODS.includes(method) || !isPlainObject(operation)) return [method, operation]
      const row = rowFor(method, path, rows)
      if (row === undefined && !IMPLICIT.includes(method)) missing.push(`${method.toUpperCase()} ${path}`)
      seen.push(...(row?.requirements ?? []))
      return [method, withSecurity(operation, row, options)]
    })
    return Object.fromEntries(operations) as unknown // of the same names
  }
  const { paths = {}, components = {} } = document as { readonly paths?: object; readonly components?: object } // §4.8.1
  const entries = Object.entries(paths).map(([path, item]) => [path, secured(path, item)])
  if (missing.length > 0) throw new TypeError(`secureOpenApi: the application has no route for ${missing.join(', ')}`)
  const own = (components as { readonly securitySchemes?: object }).securitySchemes
  const securitySchemes = { ...openApiSecuritySchemes(seen, options), ...own }
  return { ...document, paths: Object.fromEntries(entries) as object, components: { ...components, securitySchemes } }
}

function rowFor(method: string, path: string, rows: readonly CensusRow[]): CensusRow | undefined {
  const matching = rows.filter((row) => row.path === path || templateOf(row.path) === path)
  // One of them may answer before the other: nothing is claimed unless both are guarded.
  const answering = matching.filter((row) => row.method === method.toUpperCase() || row.method === 'ALL')
  const specific = answering.find((row) => row.method !== 'ALL')
  return answering.find((row) => row.requirements === undefined && row.access !== 'public') ?? specific ?? answering[0]
}

function withSecurity(
  operation: Readonly<Record<string, unknown>>,
  row: CensusRow | undefined,
  options: OpenApiSecurityOptions,
): object {
  const said = securityOf(row, options)
  if (said === undefined) return operation
  const responses = { ...said.responses, ...(isPlainObject(operation['responses']) && operation['responses']) }
  return { ...operation, security: said.security, responses }
}

function securityOf(row: CensusRow | undefined, options: OpenApiSecurityOptions): OpenApiOperationSecurity | undefined {
  if (row?.access === 'public') return openApiSecurity('public', options)
  return row?.requirements === undefined ? undefined : openApiSecurity(row.requirements, options)
}
