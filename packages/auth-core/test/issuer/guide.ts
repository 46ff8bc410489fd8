import { resolveShape } from '../../src/issuer/shape-options.js'
import { PRESETS } from '../../src/issuer/presets.js'
import type { Preset } from '../../src/issuer/presets.js'
import type { ClaimMark, ClaimSource } from '../../src/access-token/claim-mapping.js'
import type { Shape } from './shapes.js'

/** The rows of the guide's tables, made from the data that the tests run on. */
export type Row = readonly string[]

const code = (text: string): string => `\`${text}\``
const list = (cells: readonly string[]): string => (cells.length === 0 ? '–' : cells.join(', '))

function place({ path, keys }: ClaimSource): string {
  return keys ? `names in ${code(path.join('.'))}` : code(path.join('.'))
}

function mark({ path, values, sameAs, startsWith }: ClaimMark): string {
  const claim = code(path.join('.'))
  if (values !== undefined) return `${claim} is ${values.map(code).join(' or ')}`
  if (sameAs !== undefined) return `${claim} is ${code(sameAs.join('.'))}`
  return startsWith === undefined ? `has ${claim}` : `${claim} begins with ${code(startsWith)}`
}

function marks(any: readonly ClaimMark[]): string {
  return any.length === 0 ? '–' : any.map(mark).join(' or ')
}

function presetRow(name: string, options: Readonly<Record<string, unknown>>, preset?: Preset): Row {
  const shape = resolveShape('', options, ['{audience}'])
  const places = [shape.scopes, shape.roles, shape.permissions, shape.clientId].map((sources) =>
    list(sources.map(place)),
  )
  const standIn = code(preset?.standIn ?? 'client_id')
  return [name, ...places, marks(shape.machine), marks(shape.accessToken), standIn]
}

/** Where each preset finds what. */
export function presetRows(): readonly Row[] {
  const presets = Object.entries(PRESETS).map(([name, preset]) => presetRow(code(name), { preset: name }, preset))
  return [presetRow('none', {}), ...presets]
}

function settings({ options }: Shape): string {
  const { preset, ...others } = options
  const more = Object.entries(others).map(([name, value]) => code(`${name}: ${literal(value)}`))
  return list([code(`preset: '${preset}'`), ...more])
}

function literal(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  return `{ ${Object.entries(value)
    .map(([name, member]) => `${name}: ${literal(member)}`)
    .join(', ')} }`
}

function reading({ clientId, scopes = [], roles = [], permissions = [], clientCredentials }: Shape['read']): string {
  const named = Object.entries({ scopes, roles, permissions }).filter(([, values]) => values.length > 0)
  return list([
    ...(clientId === undefined ? [] : [`client ${code(clientId)}`]),
    ...named.map(([name, values]) => `${name} ${values.map(code).join(' ')}`),
    ...(clientCredentials === true ? ['a machine'] : []),
  ])
}

/** Each accepted token, claim by claim. */
export function shapeRows(shapes: readonly Shape[]): readonly Row[] {
  return shapes.map((shape) => [
    `[${shape.name}](${shape.source})`,
    code(shape.iss),
    shape.typ === undefined ? 'none' : code(shape.typ),
    list(
      Object.entries(shape.claims)
        .filter(([, value]) => value !== undefined)
        .map(([name]) => code(name)),
    ),
    settings(shape),
    reading(shape.read),
    list(Object.keys(shape.refused)),
  ])
}

/** The rows of the first table below a heading of a Markdown text, without its head. */
export function tableBelow(heading: string, text: string): readonly Row[] {
  const [, below = ''] = text.split(`\n## ${heading}\n`)
  const [section = ''] = below.split('\n## ')
  const rows = section.split('\n').filter((line) => line.startsWith('|'))
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}
