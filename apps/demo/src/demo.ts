import { once } from 'node:events'

import { APIS, createServerGroup } from '@acme/sample-api/programs'
import type { Server, ServerGroup } from '@acme/sample-api/programs'

import { CURL_LINES, curlVariables, formatCurlLines, startProofs } from './curl.js'
import { startGateway } from './gateway.js'
import { differing, formatDifferences, formatMatrix, formatShortMatrix, runMatrix } from './matrix.js'
import type { Cell } from './matrix.js'
import { isTelling, ROWS } from './rows.js'
import type { Row } from './row.js'
import { environmentsOf, startApis, startNext, startPages } from './deployments.js'
import { SECOND_TENANT, TENANT } from './servers.js'
import { openWallet } from './tokens.js'
import type { Wallet } from './tokens.js'

export interface DemoOptions {
  /** Default: {@link ROWS}. */
  readonly rows?: readonly Row[]
  /** Keep the tenant and the servers up after the matrix, with calls to try for one of them, until the signal: its name. Default: none. */
  readonly serve?: string | undefined
  /** Print all servers and all rows. Default: false. */
  readonly all?: boolean
  /** Ends the demo. */
  readonly signal?: AbortSignal
  /** Receives the output, some lines at a time. Default: the standard output. */
  readonly write?: (text: string) => void
}

/** What the parts of one run share. */
interface Run extends Required<Omit<DemoOptions, 'serve'>> {
  readonly serve: string | undefined
  readonly group: ServerGroup
}

/**
 * Starts the tenant and the servers, sends the matrix, prints it and stops everything.
 *
 * @returns the exit status: 0 when every cell was as expected, nothing broke and everything stopped as it should.
 */
export async function runDemo(options: DemoOptions = {}): Promise<0 | 1> {
  const run: Run = {
    rows: ROWS,
    serve: undefined,
    all: false,
    signal: new AbortController().signal,
    write: (text) => console.log(text),
    ...options,
    group: createServerGroup(),
  }
  let passed = false
  // Ends whatever waits for a child.
  const interrupt = (): void => void run.group.stop()
  try {
    passed = await startAndSend(run, interrupt)
  } catch (error) {
    if (!run.signal.aborted) run.write(`\n${error instanceof Error ? error.message : String(error)}`)
  } finally {
    run.signal.removeEventListener('abort', interrupt)
  }
  return (await stopAll(run, passed)) ? 0 : 1
}

async function startAndSend(run: Run, interrupt: () => void): Promise<boolean> {
  run.signal.throwIfAborted()
  run.signal.addEventListener('abort', interrupt)
  // Rows of one deployment need no servers of the other; only the usual one is served from.
  const isOtherUsed = run.rows.some(({ on }) => on === 'nonces and tenants')
  run.write(`Starting two tenants and ${APIS.length * (isOtherUsed ? 2 : 1) + 1} servers`)
  const [tenant, second] = await Promise.all([run.group.start(TENANT), run.group.start(SECOND_TENANT)])
  const wallet = await openWallet(tenant.origin, second.origin)
  const next = await startNext(run.group, wallet)
  const environments = environmentsOf(wallet, next)
  const [usual, other] = await Promise.all([
    startApis(run.group, 'usual', environments),
    isOtherUsed ? startApis(run.group, 'nonces and tenants', environments) : [],
  ])
  const gateway = await startGateway(usual)
  try {
    const servers = [tenant, second, next, ...usual, ...other, { name: 'gateway', origin: gateway.origin }]
    if (run.all) run.write(servers.map(({ name, origin }) => `  ${name.padEnd(28)}  ${origin}`).join('\n'))
    run.write(`Sending ${run.rows.length} requests to each of ${usual.length} servers`)

    const deployments = {
      usual: usual.map((api) => ({ ...api, publicUrl: gateway.publicUrlOf(api.name) })),
      'nonces and tenants': other.map((api) => ({ ...api, publicUrl: api.origin })),
    }
    const cells = await runMatrix(run.rows, deployments, wallet, { signal: run.signal, progress: progressOf(run.rows) })
    report(run, cells)
    // From here on the signal is the expected end.
    run.signal.removeEventListener('abort', interrupt)
    const served = usual.find(({ name }) => name === run.serve)
    if (served !== undefined) await serveUntilSignal(run, wallet, { tenant, next, api: served, apis: usual })
    return differing(cells).length === 0
  } finally {
    gateway.close()
  }
}

// The longest part first: what matters must be in sight at the end.
function report({ write, group, all }: Run, cells: readonly Cell[]): void {
  const different = differing(cells)
  write(`\n${all ? formatMatrix(cells) : formatShortMatrix(cells, isTelling)}`)
  for (const server of new Set(different.map((cell) => cell.process))) {
    write(`\nOutput of ${server}:\n${group.outputOf(server).trimEnd()}`)
  }
  if (different.length > 0) write(`\n${formatDifferences(cells)}`)
  write(`\n${cells.length - different.length} of ${cells.length} cells as expected`)
}

/** On a terminal, how far it is. */
function progressOf(rows: readonly Row[]): (done: number) => void {
  const { stdout } = process
  if (!stdout.isTTY) return () => undefined
  return (done) => void stdout.write(done + 1 < rows.length ? `\r${done + 1} of ${rows.length}` : '\r\u001b[K')
}

/** What is kept up: the server that calls are printed for, the others for the page, and the one that these call. */
interface Served {
  readonly tenant: Server
  readonly next: Server
  readonly api: Server
  readonly apis: readonly Server[]
}

async function serveUntilSignal(run: Run, wallet: Wallet, { tenant, next, api, apis }: Served): Promise<void> {
  await run.group.stopAllBut([tenant, next, ...apis].map(({ name }) => name))
  const [page, playground] = await startPages(run.group, wallet, apis)
  const bound = await wallet.freshToken('bound reader')
  const proofs = await startProofs(wallet, bound)
  try {
    const token = await wallet.freshToken('reader')
    const variables = { URL: api.origin, TENANT: tenant.origin, PROOF: proofs.url, TOKEN: token, BOUND: bound }
    run.write(`\n${curlVariables(variables)}\n\n${formatCurlLines(CURL_LINES)}`)
    run.group.follow(api.name, (line) => run.write(tellRefusal(line)))
    run.write(`\nIn a browser, log in and call all servers: ${page.origin}`)
    run.write(`In a browser, send them requests, right and wrong, and see why: ${playground.origin}`)
    run.write(`\nServing ${api.name} until Ctrl-C; each refusal says why`)
    if (run.signal.aborted) return
    const ended = await Promise.race([once(run.signal, 'abort'), run.group.firstEnd()])
    if (typeof ended === 'string') throw new Error(`${ended} ended\n${run.group.outputOf(ended).trimEnd()}`)
  } finally {
    proofs.close()
  }
}

/** What the server logs of a refusal, as a sentence; any other line as it is. */
function tellRefusal(line: string): string {
  try {
    const { event, status, reason, detail, correlation_id } = JSON.parse(line) as Readonly<Record<string, unknown>> // of logRefusal
    return event === 'refused'
      ? `refused: ${String(status)} ${String(reason)}${typeof detail === 'string' ? `: ${detail}` : ''} (${String(correlation_id)})`
      : line
  } catch {
    return line
  }
}

async function stopAll({ group, signal, write }: Run, passed: boolean): Promise<boolean> {
  const failed = await group.stop()
  // Ctrl-C reaches the children too, so that how they end says nothing then.
  if (!passed || signal.aborted || failed.length === 0) return passed
  write(`\nDid not end with 0 on SIGTERM: ${failed.join(', ')}`)
  return false
}
