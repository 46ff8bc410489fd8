import { describe, it } from 'vitest'

import { kindsOf } from '../test/clients.js'
import { expectDuring, expectSafe, expectWell, start } from './attacked/expectations.js'
import { FAULTS, PASSWORD } from './attacked/faults.js'
import { openAttacked } from './attacked/world.js'

describe.each(kindsOf('single'))('%s', (kind) => {
  it.each(FAULTS)('$name', { timeout: 120_000 }, async (fault) => {
    const redis = await start(fault.settings)
    const api = await openAttacked(kind, { single: redis.server, password: PASSWORD })
    await api.source.revoke({ subject: 'revoked' })
    await expectWell(api)
    await fault.strike(redis)
    await expectDuring(api, fault)
    await expectSafe(api)
    await fault.heal(redis)
    await expectWell(api)
    await expectSafe(api)
  })
})
