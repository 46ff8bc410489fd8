import { afterAll, beforeAll, describe, it } from 'vitest'

import type { ConnectionCase } from './case.js'
import { accepted } from './cases/accepted.js'
import { hostile } from './cases/hostile.js'
import { lifetime } from './cases/lifetime.js'
import { messages } from './cases/messages.js'
import { origins } from './cases/origins.js'
import { refused } from './cases/refused.js'
import { renewal } from './cases/renewal.js'
import { secrets } from './cases/secrets.js'
import { subprotocols } from './cases/subprotocols.js'
import { tickets } from './cases/tickets.js'
import { traces } from './cases/traces.js'
import { createFixture } from './fixture.js'
import type { Fixture } from './fixture.js'
import { Harness } from './harness.js'
import { capabilitiesOf } from './server.js'
import type { ConnectionDriver, ConnectionServer } from './server.js'

const AREAS: Readonly<Record<string, readonly ConnectionCase[]>> = {
  'is opened by': accepted,
  'is not opened by': refused,
  'is not opened by the subprotocols': subprotocols,
  'a ticket': tickets,
  origins,
  'its lifetime': lifetime,
  'its renewal': renewal,
  messages,
  'survives hostile clients': hostile,
  secrets,
  traces,
}

/** Declares a test for each case that the driver can do. */
export function describeConnections(driver: ConnectionDriver): void {
  const can = capabilitiesOf(driver)
  let fixture: Fixture
  let shared: ConnectionServer
  beforeAll(async () => {
    fixture = await createFixture()
    shared = await driver.start(fixture.options())
  })
  afterAll(async () => {
    await shared.close()
    await fixture.close()
  })

  for (const [area, cases] of Object.entries(AREAS)) {
    const possible = cases.filter(({ needs = [], transports = [driver.transport] }) => {
      return needs.every((need) => can.has(need)) && transports.includes(driver.transport)
    })
    if (possible.length === 0) continue
    describe(`a connection: ${area}`, () => {
      for (const one of possible) {
        it(one.name, async () => {
          const server = one.own === undefined ? shared : await driver.start(one.own(fixture.options()))
          const harness = new Harness(fixture, driver, server)
          try {
            await one.run(harness)
          } finally {
            harness.end()
            if (server !== shared) await server.close()
          }
        })
      }
    })
  }
}
