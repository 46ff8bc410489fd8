import { afterAll, afterEach, beforeAll } from 'vitest'

import { contractRoutes } from '../../src/contract/routes.js'
import { attackApi, createContractFixture } from '../../src/index.js'
import type { AttackOptions, AttackReport, ContractFixture, ContractOptions, ContractServer } from '../../src/index.js'
import { foreignServer } from '../foreign-server.js'
import type { Defects } from '../foreign-server.js'

/** What a test has at hand. */
export interface Attacked {
  /** Its first issuer is the one that the APIs trust. */
  readonly fixture: ContractFixture
  /** Starts an API that keeps the RFCs but for these defects. @returns its origin */
  start(defects?: Defects, options?: Partial<ContractOptions>): Promise<string>
  /** Attacks a route of such an API. */
  attacked(defects?: Defects, options?: Partial<AttackOptions>, path?: string): Promise<AttackReport>
}

/** Declares what starts and stops the issuers and APIs of a file. */
export function attackedApis(): Attacked {
  let fixture: ContractFixture
  const servers: ContractServer[] = []
  beforeAll(async () => {
    fixture = await createContractFixture()
  })
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()))
  })
  afterAll(() => fixture.close())

  const start: Attacked['start'] = async (defects = {}, options = {}) => {
    const { issuer, audience } = fixture.issuer
    const settings = { issuer, audience, ...options }
    const server = await foreignServer(defects)({ options: settings, trustProxy: false, routes: contractRoutes })
    servers.push(server)
    return `http://127.0.0.1:${server.port}`
  }
  return {
    get fixture() {
      return fixture
    },
    start,
    attacked: async (defects = {}, options = {}, path = '/any') =>
      attackApi((await start(defects)) + path, { fixture, rate: 1000, ...options }),
  }
}

/** The names of what came to this. */
export function namesOf({ results }: AttackReport, outcome: AttackReport['results'][number]['outcome']): string[] {
  return results.filter((one) => one.outcome === outcome).map(({ area, name }) => `${area}: ${name}`)
}
