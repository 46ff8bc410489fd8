describe('require', () => {
  it.each([
    ['core', 'createResourceServer'],
    ['express', 'requireAuth'],
    ['fastify', 'auth0Plugin'],
    ['hono', 'requireAuth'],
    ['nestjs', 'Auth0Guard'],
    ['redis', 'redisReplayStore'],
    ['testing', 'createTestIssuer'],
    ['conformance', 'createContractFixture'],
  ])('@acme/auth-%s', (name, exported) => {
    expect(typeof require(`@acme/auth-${name}`)[exported]).toBe('function')
  })
})
