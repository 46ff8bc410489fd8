const { strictEqual } = require('node:assert')
const { after, before, describe, it } = require('node:test')

const { start } = require('./items.cjs')

describe('items', () => {
  let api
  before(async () => {
    api = await start()
  })
  after(() => api.stop())
  it('401', async () => strictEqual(await api.status(), 401))
  it('403', async () => strictEqual(await api.status('write:items'), 403))
  it('200', async () => strictEqual(await api.status('read:items'), 200))
})
