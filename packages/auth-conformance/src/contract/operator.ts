import { configurationOf } from './configurations.js'
import type { ContractConfigurationName } from './contract.js'
import { ContractClient } from './client.js'
import type { ContractIssuer } from './client.js'
import type { ContractFixture } from './fixture.js'
import { sendRaw } from './raw-http.js'
import type { RawRequest, RawResponse } from './raw-http.js'
import { contractRoutes, traceRoutes } from './routes.js'
import type { ScenarioFixture } from './scenario-fixture.js'

type Header = readonly [name: string, value: string]

/** One check of a trace, as it comes over the wire. */
interface WireCheck {
  readonly check: string
  readonly outcome: string
  readonly fix?: string
}

/** A trace, as it comes over the wire. */
export interface WireTrace {
  readonly correlationId: string
  readonly reason: string
  readonly code: string
  readonly status: number
  readonly method: string
  readonly path: string
  readonly checks: readonly WireCheck[]
  readonly later?: readonly WireTrace[]
}

/** Where an operator asks, and with whose tokens. */
interface Addressed {
  readonly host?: string
  readonly issuer?: ContractIssuer
}

interface Asking {
  readonly method?: string
  readonly headers?: readonly Header[]
}

/** Whoever may read traces of a server. */
export class Operator {
  readonly client: ContractClient
  readonly #host: string
  readonly #issuer: ContractIssuer

  constructor(client: ContractClient, { host = client.host, issuer = client.issuer }: Addressed = {}) {
    this.client = client
    this.#host = host
    this.#issuer = issuer
  }

  /** @param rest - of the target: an id, or a query */
  async ask(rest: string, { method = 'GET', headers = [] }: Asking = {}): Promise<RawResponse> {
    const token = await this.#issuer.accessToken({ scope: 'read:traces' })
    const own: readonly Header[] = [
      ['Host', this.#host],
      ['Authorization', `Bearer ${token}`],
    ]
    return this.send({ method, target: `/internal/traces${rest}`, headers: [...own, ...headers] })
  }

  send(request: RawRequest): Promise<RawResponse> {
    return sendRaw(this.client.port, request)
  }

  /** A request without credentials, by a name of the caller's choice. */
  refused(id: string, target = '/any'): Promise<RawResponse> {
    const headers: readonly Header[] = [
      ['Host', this.#host],
      ['X-Request-Id', id],
    ]
    return this.send({ method: 'GET', target, headers })
  }

  /** @throws where there is none */
  async trace(id: string): Promise<WireTrace> {
    const { status, body } = await this.ask(`/${encodeURIComponent(id)}`)
    if (status !== 200) throw new Error(`no trace of ${id}, but ${status} ${body}`)
    return JSON.parse(body) as WireTrace // compared by whoever asks
  }
}

/** Starts a server of a configuration that keeps traces, and has the routes of operators. */
export async function startOperator(
  fixture: ScenarioFixture,
  name: ContractConfigurationName = 'allowed',
  cases?: ContractFixture,
): Promise<Operator> {
  const given = cases ?? (await fixture.startCases())
  const { options, trustProxy, routes = contractRoutes } = configurationOf(name, given)
  const { port } = await fixture.startWith({
    options: { ...options, traces: true },
    trustProxy,
    routes: [...routes, ...traceRoutes],
  })
  return new Operator(new ContractClient(given, port))
}
