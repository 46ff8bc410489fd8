import { startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer } from '@acme/auth-testing'

import type { ContractConfiguration, ContractDpopOptions, ContractKeyOptions, StartContractServer } from './contract.js'
import { AUDIENCE, createContractFixture } from './fixture.js'
import type { ContractFixture } from './fixture.js'
import type { ContractLevel } from './level.js'
import { ProtectedApi } from './protected-api.js'
import { contractRoutes } from './routes.js'

// What scenarios send requests to; a small application starts faster.
const ROUTES = ['/any', '/optional']

/** Starts the issuers and servers of one scenario, so that no key set is known before. */
export class ScenarioFixture {
  /** How strictly the answers of its servers are compared. */
  readonly level: ContractLevel
  readonly #start: StartContractServer
  readonly #closers: (() => Promise<void>)[] = []

  constructor(start: StartContractServer, level: ContractLevel) {
    this.level = level
    this.#start = start
  }

  /** Starts an issuer. */
  async startIssuer(): Promise<ListeningTestIssuer> {
    const issuer = await startTestIssuer({ audience: AUDIENCE, algorithm: 'ES256' })
    this.#closers.push(() => issuer.close())
    return issuer
  }

  /** Starts a server that trusts this issuer alone. */
  async startServer(
    { issuer }: ListeningTestIssuer,
    keys: ContractKeyOptions = {},
    dpop: ContractDpopOptions = {},
  ): Promise<ProtectedApi> {
    const routes = contractRoutes.filter(({ path }) => ROUTES.includes(path))
    const options = { issuer, audience: AUDIENCE, keys, dpop }
    return this.startWith({ options, trustProxy: false, routes })
  }

  /** Starts a server. */
  async startWith(configuration: ContractConfiguration): Promise<ProtectedApi> {
    const server = await this.#start(configuration)
    this.#closers.push(() => server.close())
    return new ProtectedApi(server, this.level)
  }

  /** All that cases need. */
  async startCases(): Promise<ContractFixture> {
    const fixture = await createContractFixture({ algorithm: 'ES256' })
    this.#closers.push(() => fixture.close())
    return fixture
  }

  /** Stops whatever was started. */
  async close(): Promise<void> {
    await Promise.all(this.#closers.map((close) => close()))
  }
}
