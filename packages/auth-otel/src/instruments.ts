import type { ResourceServer, Statistics } from '@acme/auth-core'
import type { Attributes, Histogram, Meter } from '@opentelemetry/api'

import type { Counts } from './counts.js'
import { METRICS } from './metrics.js'
import type { MetricName } from './metrics.js'

type Observed = Iterable<readonly [value: number, attributes: Attributes]>

/** The instruments of a meter, by our names of them. */
export interface Instruments {
  /** Has counts reported when they are read. */
  counted(name: MetricName, counts: Counts): Counts
  observed(name: MetricName, read: () => Observed): void
  /** Reports what resource servers count, all together. */
  statistics(servers: ReadonlySet<Pick<ResourceServer, 'statistics'>>): void
  histogram(name: MetricName): Histogram
}

const MAKERS = {
  counter: 'createObservableCounter',
  upDownCounter: 'createObservableUpDownCounter',
  gauge: 'createObservableGauge',
} as const

export function createInstruments(
  meter: Meter,
  names: Readonly<Partial<Record<MetricName, string>>> = {},
): Instruments {
  const nameOf = (name: MetricName): string => names[name] ?? name

  function observed(name: MetricName, read: () => Observed): void {
    const { kind, unit, description } = METRICS[name]
    if (kind === 'histogram') throw new TypeError(`${name} is not observable`)
    const options = { unit, description }
    const instrument = meter[MAKERS[kind]](nameOf(name), options)
    instrument.addCallback((result) => {
      for (const [value, attributes] of read()) result.observe(value, attributes)
    })
  }

  return {
    observed,
    counted(name, counts) {
      observed(name, () => {
        const all: [number, Attributes][] = []
        counts.each((count, attributes) => all.push([count, attributes]))
        return all
      })
      return counts
    },
    statistics(servers) {
      for (const [name, part, results] of RESULTS) {
        observed(name, () =>
          totals(
            [...servers].map((server) => partOf(server.statistics(), part)),
            results,
          ),
        )
      }
      observed('acme.auth.token_cache.tokens', () => {
        const sizes = [...servers]
          .map((server) => server.statistics().tokenCache?.size)
          .filter((size) => size !== undefined)
        return sizes.length === 0 ? [] : [[sizes.reduce((sum, size) => sum + size, 0), {}]]
      })
    },
    histogram(name) {
      const { unit, description, buckets } = METRICS[name]
      const advice = buckets && { advice: { explicitBucketBoundaries: [...buckets] } }
      return meter.createHistogram(nameOf(name), { unit, description, ...advice })
    },
  }
}

// Of each statistic: what its numbers are told as.
const RESULTS = [
  ['acme.auth.token_cache.lookups', 'tokenCache', { hits: 'hit', misses: 'miss' }],
  ['acme.auth.replay.checks', 'replay', { fresh: 'fresh', replayed: 'replayed', failed: 'failed' }],
  ['acme.auth.introspection.answers', 'opaqueTokens', { active: 'active', inactive: 'inactive', failed: 'failed' }],
] as const

type Numbers = Readonly<Record<string, number>>

function partOf(statistics: Statistics, part: keyof Statistics): Numbers | undefined {
  return statistics[part] && { ...statistics[part] }
}

/** Nothing where no resource server has that part. */
function totals(parts: readonly (Numbers | undefined)[], results: Readonly<Record<string, string>>): Observed {
  const there = parts.filter((part) => part !== undefined)
  if (there.length === 0) return []
  return Object.entries(results).map(([member, result]) => [
    there.reduce((sum, part) => sum + (part[member] ?? 0), 0),
    { 'acme.auth.result': result },
  ])
}
