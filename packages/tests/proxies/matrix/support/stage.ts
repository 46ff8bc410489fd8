import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

import type { SampleProcess } from '@acme/sample-api/suite'
import { freePorts } from '@acme/tests-servers'

import { writeCertificate } from './certificate.js'
import { configuration, haproxyMain, nginxMain, place } from './configuration.js'
import { startDaemon } from './daemon.js'
import type { Daemon } from './daemon.js'
import { ALL } from './fronts.js'
import type { Front, ProxyName, Variant } from './fronts.js'
import { API_NAMES, startApi, startTenant, VARIANTS } from './programs.js'
import type { ApiName } from './programs.js'
import { openWallet } from './wallet.js'
import type { Wallet } from './wallet.js'

/** Everything that runs: the tenant, each API in each variant, and both proxies with a listener for each front and API. */
export interface Stage {
  readonly wallet: Wallet
  /** The certificate of the proxies, to be trusted. */
  readonly ca: string
  /** The origin by which clients address an API through a front. */
  publicOrigin(front: Front, api: ApiName): string
  /** The listener of a front for an API. */
  port(front: Front, api: ApiName): number
  /** The API itself. */
  origin(api: ApiName, variant: Variant): string
  /** The `detail` of the event of a refused request. */
  detail(api: ApiName, variant: Variant, correlationId: string): Promise<string>
  close(): Promise<void>
}

export async function openStage(): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'proxies-'))
  const stop: Stops = []
  const close = async (): Promise<void> => {
    await Promise.all(stop.splice(0).map((one) => one()))
    await rm(folder, { recursive: true })
  }
  try {
    const tenant = await startTenant()
    stop.push(() => tenant.stop('SIGTERM'))
    const wallet = await openWallet(tenant.origin)
    const ports = await assignPorts()
    const apis = await startApis(wallet, ports, stop)
    const ca = await writeCertificate(join(folder, 'tls'))
    await writeFile(join(folder, 'forwarded-headers.conf'), configuration('nginx/forwarded-headers.conf'))
    await all(startProxies(folder, ports, apis, stop))
    return {
      wallet,
      ca,
      close,
      publicOrigin: (front, api) => publicOrigin(front, ports(front, api)),
      port: ports,
      origin: (api, variant) => running(apis, api, variant).origin,
      detail: (api, variant, id) => loggedDetail(running(apis, api, variant), id),
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** How to end what was started. */
type Stops = (() => Promise<unknown>)[]
type Ports = (front: Front, api: ApiName) => number
type Apis = ReadonlyMap<string, SampleProcess>

async function assignPorts(): Promise<Ports> {
  const free = await freePorts(ALL.length * API_NAMES.length)
  return (front, api) => {
    const port = free[ALL.indexOf(front) * API_NAMES.length + API_NAMES.indexOf(api)]
    if (port === undefined) throw new Error(`${front.name} is not one of those that were started`)
    return port
  }
}

function publicOrigin({ host, publicPort }: Front, port: number): string {
  return `https://${host}${publicPort ? `:${port}` : ''}`
}

async function startApis({ issuer, audience }: Wallet, ports: Ports, stop: Stops): Promise<Apis> {
  const variants = Object.keys(VARIANTS) as Variant[] // as: the keys of a record
  const strict = ALL.filter(({ upstream }) => upstream === 'strict')
  const started = API_NAMES.flatMap((api) => {
    const origins = strict.map((front) => publicOrigin(front, ports(front, api))).join(',')
    return variants.map(async (variant) => {
      const env = { AUTH0_ISSUER: issuer, AUTH0_AUDIENCE: audience }
      const strictly = variant === 'strict' ? { PUBLIC_ORIGINS: origins } : {}
      const program = await startApi(api, variant, { ...env, ...strictly })
      stop.push(() => program.stop('SIGTERM'))
      return [`${api} ${variant}`, program] as const
    })
  })
  return new Map(await all(started))
}

function running(apis: Apis, api: ApiName, variant: Variant): SampleProcess {
  const found = apis.get(`${api} ${variant}`)
  if (found === undefined) throw new Error(`${api} ${variant} was not started`)
  return found
}

function startProxies(folder: string, ports: Ports, apis: Apis, stop: Stops): Promise<void>[] {
  const start = async (proxy: ProxyName): Promise<void> => {
    const each = ALL.filter((front) => front.proxy === proxy).flatMap((front) =>
      API_NAMES.map((api) => ({ front, api, port: ports(front, api) })),
    )
    const parts = each.map(({ front, api, port }) => {
      const { upstream, text } = front
      const next =
        typeof upstream === 'string'
          ? new URL(running(apis, api, upstream).origin).host
          : `127.0.0.1:${ports(upstream, api)}`
      return place(text, { port, upstream: next, folder, name: `api-${port}` })
    })
    const daemon = await STARTS[proxy](
      folder,
      parts,
      each.map(({ port }) => port),
    )
    stop.push(() => daemon.stop())
  }
  return [start('nginx'), start('HAProxy')]
}

const STARTS = { nginx: startNginx, HAProxy: startHaproxy }

async function startNginx(folder: string, parts: readonly string[], ports: readonly number[]): Promise<Daemon> {
  const file = join(folder, 'nginx.conf')
  await writeFile(file, nginxMain(folder, parts))
  const args = ['-e', 'stderr', '-p', folder, '-c', file]
  return startDaemon({ command: 'nginx', args, debianPackage: 'nginx', ports })
}

async function startHaproxy(folder: string, parts: readonly string[], ports: readonly number[]): Promise<Daemon> {
  const file = join(folder, 'haproxy.cfg')
  await writeFile(file, haproxyMain(parts))
  return startDaemon({ command: 'haproxy', args: ['-db', '-f', file], debianPackage: 'haproxy', ports })
}

/** Settles when all have, so that nothing starts after the stage is closed. */
async function all<Value>(promises: readonly Promise<Value>[]): Promise<Value[]> {
  await Promise.allSettled(promises)
  return Promise.all(promises)
}

/** The log comes through another pipe than the answer, and perhaps after it. */
async function loggedDetail(api: SampleProcess, correlationId: string): Promise<string> {
  for (;;) {
    for (const line of api.stderr.split('\n')) {
      if (!line.includes(`"correlation_id":"${correlationId}"`)) continue
      const { detail } = JSON.parse(line) as { detail?: string } // as: the log's own format
      return detail ?? ''
    }
    await pause(5)
  }
}
