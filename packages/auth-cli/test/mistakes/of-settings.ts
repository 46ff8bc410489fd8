import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'

import { freePort } from '@acme/tests-servers'

import type { Chapter, Mistake } from './mistake.js'
import { AUDIENCE } from './world.js'

const settings = { atHand: 'the settings', command: 'acme-auth doctor' }

/** An issuer that is there at one path alone. */
function withoutPath(path: string, product: string): Mistake {
  return {
    ...settings,
    name: `issuer without its path ${path}, as ${product} has it`,
    says: 'the issuer has no metadata there',
    fix: path,
    async made(world) {
      const server = await world.server(({ url, headers }, response) => {
        const isThere = url === `${path}/.well-known/openid-configuration`
        response.writeHead(isThere ? 200 : 404).end(JSON.stringify({ issuer: `http://${headers.host ?? ''}${path}` }))
      })
      return world.doctor({ AUTH0_ISSUER: server.origin })
    },
  }
}

export const OF_SETTINGS: Chapter = {
  title: 'Settings and the issuer',
  mistakes: [
    {
      ...settings,
      name: 'a variable by another name',
      says: 'the settings cannot be used',
      fix: 'rename API_AUDIENCE to AUTH0_AUDIENCE',
      made: (world) => world.doctor({ AUTH0_AUDIENCE: '', API_AUDIENCE: AUDIENCE }),
    },
    {
      ...settings,
      name: 'a variable that is misspelt',
      says: 'the settings cannot be used',
      fix: 'rename AUTH0_DOMIAN to AUTH0_DOMAIN',
      made: (world) => world.doctor({ AUTH0_ISSUER: '', AUTH0_DOMIAN: 'tenant.auth0.com' }),
    },
    {
      ...settings,
      name: 'nothing is set: the file of variables is not read',
      says: 'the settings cannot be used',
      fix: 'AUTH0_DOMAIN=tenant.auth0.com',
      made: (world) => world.doctor({ AUTH0_ISSUER: '', AUTH0_AUDIENCE: '' }),
    },
    {
      ...settings,
      name: 'an issuer without TLS',
      says: 'the settings cannot be used',
      fix: 'AUTH0_ISSUER=https://sso.example.com',
      made: (world) => world.doctor({ AUTH0_ISSUER: 'http://sso.example.com/' }),
    },
    {
      ...settings,
      name: 'a mode of DPoP that there is not',
      says: 'the settings cannot be used',
      fix: 'AUTH0_DPOP=required',
      made: (world) => world.doctor({ AUTH0_DPOP: 'require' }),
    },
    {
      ...settings,
      name: 'a client id for the audience',
      says: 'the audience looks like a client',
      fix: 'AUTH0_AUDIENCE=the identifier of this API',
      made: (world) => world.doctor({ AUTH0_AUDIENCE: 'aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW' }),
    },
    {
      ...settings,
      name: 'the issuer for the audience',
      says: 'the audience is the issuer',
      fix: 'AUTH0_AUDIENCE=the identifier of this API',
      made: (world) => world.doctor({ AUTH0_AUDIENCE: world.issuer.issuer }),
    },
    {
      ...settings,
      name: 'the userinfo endpoint for the audience',
      says: "the audience is the issuer's own /userinfo",
      fix: 'AUTH0_AUDIENCE=the identifier of this API',
      made: (world) => world.doctor({ AUTH0_AUDIENCE: `${world.issuer.issuer}userinfo` }),
    },
    {
      ...settings,
      name: 'a realm that there is not',
      says: 'the issuer has no metadata there',
      fix: 'mend the realm in AUTH0_ISSUER',
      async made(world) {
        const keycloak = await world.server((_request, response) => void response.writeHead(404).end('{}'))
        return world.doctor({ AUTH0_ISSUER: `${keycloak.origin}/realms/stage` })
      },
    },
    withoutPath('/oauth2/default', 'Okta'),
    withoutPath('/v2.0', 'Entra ID'),
    {
      ...settings,
      name: 'a login page for the issuer',
      says: 'the issuer has no metadata there',
      fix: 'mend AUTH0_ISSUER',
      async made(world) {
        const page = await world.server((_request, response) => {
          response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Sign in</title>')
        })
        return world.doctor({ AUTH0_ISSUER: page.origin })
      },
    },
    {
      ...settings,
      name: 'an issuer that is told another public URL',
      says: 'the issuer calls itself by another name',
      fix: 'AUTH0_ISSUER=http://sso.internal:8080/',
      made(world) {
        world.issuer.fail('metadata', { change: { issuer: 'http://sso.internal:8080/' } })
        return world.doctor()
      },
    },
    {
      ...settings,
      name: 'an issuer that is not there',
      says: 'the issuer cannot be reached: ECONNREFUSED',
      fix: 'nothing listens there: mend host and port, or start it',
      made: async (world) => world.doctor({ AUTH0_ISSUER: `http://127.0.0.1:${await freePort()}/` }),
    },
    {
      ...settings,
      name: 'a certificate of an own authority',
      says: 'the issuer cannot be reached: DEPTH_ZERO_SELF_SIGNED_CERT',
      fix: 'NODE_EXTRA_CA_CERTS=ca.pem',
      async made(world) {
        const server = createServer(world.certificate, (_request, response) => response.end())
        server.listen(0, '127.0.0.1')
        await once(server, 'listening')
        world.kept(server)
        const { port } = server.address() as AddressInfo // a TCP server has no other
        return world.doctor({ AUTH0_ISSUER: `https://localhost:${port}/` })
      },
    },
    {
      ...settings,
      name: 'https at a port without TLS',
      says: 'the issuer cannot be reached: ',
      fix: 'it speaks no TLS at this port',
      made: (world) => world.doctor({ AUTH0_ISSUER: world.issuer.issuer.replace('http:', 'https:') }),
    },
    {
      ...settings,
      name: 'an issuer that signs with a shared secret',
      says: 'there is no key to verify with',
      fix: 'have the issuer sign access tokens with RS256 or ES256',
      made(world) {
        world.issuer.fail('keys', { body: '{"keys":[{"kty":"oct","k":"AAAA","alg":"HS256"}]}' })
        return world.doctor()
      },
    },
    {
      ...settings,
      name: 'certificates that nobody checks',
      says: 'certificates are not checked',
      fix: 'unset it, and trust the authority instead',
      made: (world) => world.doctor({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }),
    },
  ],
}
