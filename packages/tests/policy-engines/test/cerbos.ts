import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { policyEngine } from '@acme/auth-core'
import type { Authorize } from '@acme/auth-core'
import { eventually, freePorts, startProgram } from '@acme/tests-servers'

const POLICY = `
apiVersion: api.cerbos.dev/v1
resourcePolicy:
  version: default
  resource: path
  rules:
    - { actions: [GET], effect: EFFECT_ALLOW, roles: [reader] }
    - actions: ['*']
      effect: EFFECT_ALLOW
      roles: [editor]
      condition: { match: { expr: request.principal.attr.mfa == true } }
    - actions: ['*']
      effect: EFFECT_DENY
      roles: ['*']
      condition: { match: { expr: request.resource.id == "/secret" } }
`

export interface Cerbos {
  readonly authorize: Authorize
  /** How many checks each of its answers was about. */
  readonly batches: readonly number[]
  /** Stops it, so that it hangs. */
  pause(): void
  resume(): void
  close(): Promise<void>
}

/** A Cerbos server with its policies in a folder of its own. */
export async function startCerbos(): Promise<Cerbos> {
  const folder = await mkdtemp(join(tmpdir(), 'cerbos-'))
  await writeFile(join(folder, 'path.yaml'), POLICY)
  const [http = 0, grpc = 0] = await freePorts(2)
  process.env['CERBOS_NO_TELEMETRY'] = '1'
  const program = startProgram(binary(), [
    'server',
    `--set=storage.disk.directory=${folder}`,
    `--set=server.httpListenAddr=127.0.0.1:${http}`,
    `--set=server.grpcListenAddr=127.0.0.1:${grpc}`,
    '--set=telemetry.disabled=true',
  ])
  const origin = `http://127.0.0.1:${http}`
  await eventually('Cerbos', () =>
    fetch(`${origin}/_cerbos/health`).then(
      ({ ok }) => ok,
      () => false,
    ),
  )
  const batches: number[] = []
  return {
    authorize: cerbos(origin, batches),
    batches,
    pause: () => program.signal('SIGSTOP'),
    resume: () => program.signal('SIGCONT'),
    async close() {
      program.signal('SIGKILL')
      await program.ended
      await rm(folder, { recursive: true })
    },
  }
}

/** As the package itself finds it, without a process around it. */
function binary(): string {
  const own = createRequire(createRequire(import.meta.url).resolve('cerbos/package.json'))
  return own.resolve(`@cerbos/cerbos-${process.platform}-${process.arch}`)
}

/** One request about the caller's own resources: Cerbos takes one principal at a time. */
function cerbos(origin: string, batches: number[]): Authorize {
  return policyEngine({
    query: ({ subject = '', roles, claims }, { method, path }) => ({
      principal: { id: subject, roles, attr: { mfa: claims['acr'] === 'mfa' } },
      resource: { actions: [method], resource: { kind: 'path', id: path } },
    }),
    async decide(queries, signal) {
      batches.push(queries.length)
      return Promise.all(queries.map((query) => check(origin, query, signal)))
    },
    timeout: 2,
  })
}

interface Query {
  readonly principal: object
  readonly resource: { readonly actions: readonly string[] }
}

async function check(origin: string, { principal, resource }: Query, signal: AbortSignal): Promise<boolean> {
  const response = await fetch(`${origin}/api/check/resources`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ requestId: crypto.randomUUID(), principal, resources: [resource] }),
    signal,
  })
  if (!response.ok) throw new Error(`Cerbos answered ${response.status}`)
  const { results } = (await response.json()) as { results: { actions: Record<string, string> }[] } // as documented
  const [action = ''] = resource.actions
  return results[0]?.actions[action] === 'EFFECT_ALLOW'
}
