import { describe, expect, it } from 'vitest'
import { discoverJwksUri } from '../../src/issuer/discovery.js'
import { FetchError } from '../../src/issuer/fetch-error.js'

const timeout = (): number => 5

function trusted(
  issuer: string,
  insecureHosts: readonly string[] = [],
): { issuer: string; insecureHosts: readonly string[] } {
  return { issuer, insecureHosts }
}

type Documents = Readonly<Record<string, unknown>>

function serve(documents: Documents): { fetch: typeof globalThis.fetch; urls: string[] } {
  const urls: string[] = []
  const fetch: typeof globalThis.fetch = async (input) => {
    const url = input instanceof Request ? input.url : input.toString()
    urls.push(url)
    const document = Object.hasOwn(documents, url) ? documents[url] : 404
    if (document instanceof Error) throw document
    return typeof document === 'number' ? new Response(null, { status: document }) : Response.json(document)
  }
  return { fetch, urls }
}

async function failureOf(issuer: string, documents: Documents): Promise<{ message: string; urls: string[] }> {
  const { fetch, urls } = serve(documents)
  try {
    await discoverJwksUri(trusted(issuer), fetch, timeout)
  } catch (error) {
    if (error instanceof FetchError) return { message: error.message, urls }
    throw error
  }
  throw new Error('nothing was thrown')
}

const ISSUER = 'https://issuer.test/'
const OPENID = 'https://issuer.test/.well-known/openid-configuration'
const OAUTH = 'https://issuer.test/.well-known/oauth-authorization-server'
const JWKS = 'https://issuer.test/jwks'

describe('where the metadata is', () => {
  it.each([
    [ISSUER, OPENID],
    ['https://issuer.test', OPENID],
    ['https://issuer.test/tenant', 'https://issuer.test/tenant/.well-known/openid-configuration'],
    ['https://issuer.test/tenant/', 'https://issuer.test/tenant/.well-known/openid-configuration'],
    ['https://issuer.test:8443/a/b', 'https://issuer.test:8443/a/b/.well-known/openid-configuration'],
  ])('%s: OpenID Connect first', async (issuer, url) => {
    const { fetch, urls } = serve({ [url]: { issuer, jwks_uri: JWKS } })
    expect(await discoverJwksUri(trusted(issuer), fetch, timeout)).toBe(JWKS)
    expect(urls).toEqual([url])
  })

  it.each([
    [ISSUER, OAUTH],
    ['https://issuer.test', OAUTH],
    ['https://issuer.test/tenant', 'https://issuer.test/.well-known/oauth-authorization-server/tenant'],
    ['https://issuer.test/tenant/', 'https://issuer.test/.well-known/oauth-authorization-server/tenant'],
  ])('%s: then RFC 8414', async (issuer, url) => {
    const { fetch, urls } = serve({ [url]: { issuer, jwks_uri: JWKS } })
    expect(await discoverJwksUri(trusted(issuer), fetch, timeout)).toBe(JWKS)
    expect([urls.length, urls.at(-1)]).toEqual([2, url])
  })

  it.each([404, 405, 410])('%d has the second one asked for', async (status) => {
    const { fetch, urls } = serve({ [OPENID]: status, [OAUTH]: { issuer: ISSUER, jwks_uri: JWKS } })
    expect(await discoverJwksUri(trusted(ISSUER), fetch, timeout)).toBe(JWKS)
    expect(urls).toEqual([OPENID, OAUTH])
  })

  it.each([400, 401, 403, 429, 500, 502, 503])('%d has not', async (status) => {
    const { message, urls } = await failureOf(ISSUER, { [OPENID]: status, [OAUTH]: { issuer: ISSUER, jwks_uri: JWKS } })
    expect([message, urls]).toEqual([`${OPENID}: status ${status}`, [OPENID]])
  })

  it('neither has a server that is down', async () => {
    expect((await failureOf(ISSUER, { [OPENID]: new TypeError('fetch failed') })).urls).toEqual([OPENID])
  })

  it('nothing at either', async () => {
    expect(await failureOf(ISSUER, {})).toEqual({ message: `${OAUTH}: status 404`, urls: [OPENID, OAUTH] })
  })
})

describe('metadata of another issuer', () => {
  it.each([
    'https://issuer.test',
    'https://evil.test/',
    'https://ISSUER.test/',
    'HTTPS://issuer.test/',
    'https://issuer.test:443/',
    'https://issuer.test//',
    'https://issuer.test/ ',
    '',
    undefined,
    null,
    1,
    [ISSUER],
    { issuer: ISSUER },
  ])('%o is refused', async (issuer) => {
    const { message, urls } = await failureOf(ISSUER, { [OPENID]: { issuer, jwks_uri: JWKS } })
    expect([message, urls]).toEqual([expect.stringContaining('names another issuer'), [OPENID]])
  })

  it('is refused where RFC 8414 has it, too', async () => {
    expect((await failureOf(ISSUER, { [OAUTH]: { issuer: 'https://evil.test/', jwks_uri: JWKS } })).message).toContain(
      'names another issuer',
    )
  })
})

describe('jwks_uri', () => {
  const LONGEST = `${ISSUER}${'x'.repeat(2048 - ISSUER.length)}`

  it.each(['https://keys.elsewhere.test/jwks', 'https://issuer.test:8443/jwks?tenant=1', LONGEST])(
    'may be %s',
    async (jwksUri) => {
      expect(
        await discoverJwksUri(
          trusted(ISSUER),
          serve({ [OPENID]: { issuer: ISSUER, jwks_uri: jwksUri } }).fetch,
          timeout,
        ),
      ).toBe(jwksUri)
    },
  )

  it.each([
    undefined,
    null,
    '',
    1,
    [JWKS],
    {},
    '/jwks',
    'jwks',
    '//issuer.test/jwks',
    'http://issuer.test/jwks',
    'http://10.0.0.1/jwks',
    'http://169.254.169.254/',
    'http://localhost:8080/jwks',
    'http://127.0.0.1:8080/shutdown?now=1',
    'http://[::1]:8080/jwks',
    `${LONGEST}x`,
    'http://localhost.evil.test/jwks',
    'http://127.0.0.1.evil.test/jwks',
    'ftp://issuer.test/jwks',
    'file:///etc/passwd',
    'data:application/json,{"keys":[]}',
    'javascript:1',
    'https://',
    'https://user:pass@issuer.test/jwks',
    'https://user@issuer.test/jwks',
    ' https://issuer.test/jwks',
    'https://issuer.test/jwks\n',
    'https:\\\\issuer.test\\jwks',
  ])('may not be %o', async (jwksUri) => {
    const { message } = await failureOf(ISSUER, { [OPENID]: { issuer: ISSUER, jwks_uri: jwksUri } })
    expect(message).toBe(`${ISSUER}: its metadata has no https jwks_uri`)
  })

  it.each([
    ['http://127.0.0.1:3000/', [], 'http://127.0.0.1:8080/jwks', true],
    ['http://localhost:3000/', [], 'http://[::1]:8080/jwks', true],
    ['http://127.0.0.1:3000/', [], 'http://10.0.0.1/jwks', false],
    // Not because it may be http somewhere: this machine is another matter.
    ['http://keycloak:8080/', ['keycloak:8080'], 'http://keycloak:8080/jwks', true],
    ['http://keycloak:8080/', ['keycloak:8080'], 'http://keycloak/jwks', false],
    ['http://keycloak:8080/', ['keycloak:8080'], 'http://keycloak:8081/jwks', false],
    ['http://keycloak:8080/', ['keycloak:8080'], 'http://127.0.0.1:8080/jwks', false],
    [ISSUER, ['keycloak:8080'], 'http://keycloak:8080/jwks', true],
    [ISSUER, ['keycloak'], 'http://keycloak:80/jwks', true],
    [ISSUER, ['127.0.0.1:8080'], 'http://127.0.0.1:8080/jwks', true],
  ] as const)('of %s with %j may be %s: %s', async (issuer, hosts, jwksUri, may) => {
    const metadata = `${issuer}.well-known/openid-configuration`
    const { fetch } = serve({ [metadata]: { issuer, jwks_uri: jwksUri } })
    const found = discoverJwksUri(trusted(issuer, hosts), fetch, timeout)
    await (may
      ? expect(found).resolves.toBe(new URL(jwksUri).href)
      : expect(found).rejects.toThrow('has no https jwks_uri'))
  })
})
