import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

import { METRICS } from '../src/metrics.js'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')
const guide = read('../../auth-core/guides/observability.md')

/** The cells of the table below a heading, without its head, and without the backticks of code. */
function tableBelow(heading: string): string[][] {
  const [, section = ''] = guide.split(new RegExp(`^## ${heading}$`, 'm'))
  const [table = ''] = /(?:^\|.*\n)+/m.exec(section) ?? []
  return table
    .trim()
    .split('\n')
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.replaceAll('`', '').trim()),
    )
}

describe('the guide', () => {
  it('has every metric, with its kind and attributes', () => {
    const rows = tableBelow('Metrics').map(([name, kind, attributes = '']) => [name, kind, attributes])
    const metrics = Object.entries(METRICS).map(([name, { kind, attributes }]) => [name, kind, attributes.join(', ')])
    expect(rows).toEqual(metrics)
  })

  it('has every alert, with its severity', () => {
    const { groups } = parse(read('../alerts/acme-auth.yaml')) as {
      groups: { rules: { alert: string; labels: { severity: string } }[] }[]
    } // held to its form in files.test.ts
    const rules = groups.flatMap((group) => group.rules).map(({ alert, labels }) => [alert, labels.severity])
    expect(tableBelow('Alerts').map(([alert, severity]) => [alert, severity])).toEqual(rules)
  })

  it('and the README have every attribute of spans, and no other', () => {
    const source = read('../src/span-attributes.ts')
    const attributes = [...source.matchAll(/'((?:acme\.auth|enduser|error)\.[a-z_.]+)':/g)].map(([, name = '']) => name)
    const documented = tableBelow('Span attributes').flatMap(([names = '']) => names.split(', '))
    expect(documented.toSorted()).toEqual([...new Set(attributes)].toSorted())
  })
})
