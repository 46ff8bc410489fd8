const { start } = require('./items.cjs')

describe('items', () => {
  let api
  beforeAll(async () => {
    api = await start()
  })
  afterAll(() => {
    api.stop()
  })
  it('401', async () => expect(await api.status()).toBe(401))
  it('403', async () => expect(await api.status('write:items')).toBe(403))
  it('200', async () => expect(await api.status('read:items')).toBe(200))
})
