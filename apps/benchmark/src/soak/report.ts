import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'

import type { Settings } from './arguments.js'
import { failures, judgeMemory, rssAt } from './judge.js'
import type { MemoryVerdict, Sample } from './judge.js'
import type { Observed } from './soak.js'
import { formatTable } from './table.js'
import type { Counts } from './tally.js'

export interface ServerReport {
  readonly name: string
  readonly counts: Counts
  readonly requestsPerSecond: number
  /** Of one core. */
  readonly cpuShare: number
  readonly memory: MemoryVerdict
  readonly samples: readonly Sample[]
}

export interface Report {
  readonly node: string
  readonly cores: number
  readonly seconds: number
  readonly concurrency: number
  readonly redis: boolean
  readonly failures: readonly string[]
  readonly servers: readonly ServerReport[]
  readonly kinds: Readonly<Record<string, Counts>>
  readonly examples: readonly string[]
}

const NOTHING: Counts = { requests: 0, accepted: 0, refused: 0, acceptedReplays: 0, unexpected: 0 }

export function createReport({ seconds, concurrency, programs }: Settings, observed: Observed): Report {
  const { tally, samples, badEnds } = observed
  const servers = programs.map(({ name }): ServerReport => {
    const counts = tally.servers.get(name) ?? NOTHING
    const own = samples.get(name) ?? []
    const [first, last] = [own[0], own.at(-1)]
    return {
      name,
      counts,
      requestsPerSecond: counts.requests / seconds,
      cpuShare: first && last ? (last.cpu - first.cpu) / (last.at - first.at) : Number.NaN,
      memory: judgeMemory(own, seconds),
      samples: own,
    }
  })
  return {
    node: process.version,
    cores: cpus().length,
    seconds,
    concurrency,
    redis: Boolean(process.env['REDIS_URL']),
    failures: [...failures(servers), ...badEnds.map((name) => `${name}: did not end with 0 on SIGTERM`)],
    servers,
    kinds: Object.fromEntries(tally.kinds),
    examples: tally.examples,
  }
}

export function formatReport(report: Report): string {
  return [
    formatTable(kindRows(report)),
    formatTable(serverRows(report)),
    ...(report.examples.length === 0 ? [] : [report.examples.join('\n')]),
    report.failures.length === 0 ? 'passed' : `failed\n  ${report.failures.join('\n  ')}`,
  ].join('\n\n')
}

function kindRows({ kinds }: Report): string[][] {
  const rows = Object.entries(kinds).toSorted(([a], [b]) => a.localeCompare(b))
  return [['kind', ...COUNTS], ...rows.map(([name, counts]) => [name, ...countCells(counts)])]
}

const COUNTS = ['requests', 'accepted', 'refused', 'accepted replays', 'unexpected'] as const

function countCells({ requests, accepted, refused, acceptedReplays, unexpected }: Counts): string[] {
  return [requests, accepted, refused, acceptedReplays, unexpected].map(String)
}

function serverRows({ servers, seconds }: Report): string[][] {
  const memory = ['RSS 30 %', '60 %', '100 %', 'growth', 'heap growth', 'memory']
  const rows = servers.map(({ name, counts, requestsPerSecond, cpuShare, samples, memory: verdict }) => [
    name,
    ...countCells(counts),
    requestsPerSecond.toFixed(0),
    `${(cpuShare * 100).toFixed(0)} %`,
    ...[0.3, 0.6, 1].map((part) => mebibytes(rssAt(samples, part, seconds))),
    mebibytes(verdict.rssGrowth),
    mebibytes(verdict.heapGrowth),
    verdict.verdict,
  ])
  return [['server', ...COUNTS, 'per second', 'CPU', ...memory], ...rows]
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`
}

/** @returns where the figures are */
export async function writeReport(report: Report): Promise<string> {
  const folder = new URL('../../reports/', import.meta.url)
  await mkdir(folder, { recursive: true })
  const name = `soak-${new Date().toISOString().replaceAll(/[:.]/g, '-')}.json`
  await writeFile(new URL(name, folder), `${JSON.stringify(report, undefined, 2)}\n`)
  return `apps/benchmark/reports/${name}`
}
