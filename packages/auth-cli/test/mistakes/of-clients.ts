import type { TestClient } from '@acme/auth-testing'

import type { Chapter, Mistake } from './mistake.js'
import { AUDIENCE, CLIENT } from './world.js'

const atHand = 'the settings, and the credentials of a client'
const command = 'acme-auth doctor'

function refused(name: string, error: string, error_description: string, fix: string): Mistake {
  return {
    name,
    atHand,
    command,
    says: 'the issuer refuses a token',
    fix,
    made(world) {
      world.issuer.fail('token', { status: 403, body: JSON.stringify({ error, error_description }) })
      return world.doctor(CLIENT)
    },
  }
}

const CLIENTS: readonly TestClient[] = [{ id: 'worker', secret: CLIENT.AUTH0_CLIENT_SECRET, scope: 'read:messages' }]

export const OF_CLIENTS: Chapter = {
  title: 'Clients and what the issuer lets them do',
  mistakes: [
    refused('a client without the grant', 'unauthorized_client', 'Grant type not allowed', 'allow it that grant'),
    refused('a client without the API', 'access_denied', 'Client is not authorized', 'authorise it for this API'),
    refused(
      'an API that the issuer does not know',
      'access_denied',
      `Service not enabled within domain: ${AUDIENCE}`,
      'make AUTH0_AUDIENCE equal to the identifier',
    ),
    {
      name: 'a wrong secret',
      atHand,
      command,
      says: 'the issuer refuses a token',
      fix: 'copy both anew from the dashboard of the issuer',
      async made(world) {
        const issuer = await world.otherIssuer({ clients: CLIENTS })
        return world.doctor({ ...CLIENT, AUTH0_CLIENT_SECRET: 'another-secret', AUTH0_ISSUER: issuer.issuer })
      },
    },
    {
      name: 'a client without its secret',
      atHand,
      command,
      says: 'no token is asked for',
      fix: 'set AUTH0_CLIENT_SECRET',
      made: (world) => world.doctor({ AUTH0_CLIENT_ID: 'worker' }),
    },
    {
      name: 'a scope that the client was not granted',
      atHand,
      command: `${command} --scope write:messages`,
      says: 'the issuer refuses a token',
      fix: 'grant it the scope',
      async made(world) {
        const issuer = await world.otherIssuer({ clients: CLIENTS })
        return world.doctor({ ...CLIENT, AUTH0_ISSUER: issuer.issuer }, ['--scope', 'write:messages'])
      },
    },
    {
      name: 'a permission that the token does not carry',
      atHand,
      command: `${command} --permission admin`,
      says: 'this API refuses the token: permission_missing',
      fix: 'Add permissions in the access token',
      made: (world) => world.doctor(CLIENT, ['--permission', 'admin']),
    },
    {
      name: 'a token endpoint that gives opaque tokens',
      atHand,
      command,
      says: 'the token is opaque: this API cannot read it',
      fix: `have the client ask for audience="${AUDIENCE}"`,
      made(world) {
        world.issuer.fail('token', { change: { access_token: 'b9Zk2-opaque' } })
        return world.doctor(CLIENT)
      },
    },
    {
      name: 'an issuer that binds no tokens, where DPoP is required',
      atHand,
      command,
      says: 'the issuer does not bind tokens to a DPoP key',
      fix: 'switch DPoP on at the issuer',
      async made(world) {
        world.issuer.fail('token', { change: { access_token: await world.issuer.accessToken() } })
        return world.doctor({ ...CLIENT, AUTH0_DPOP: 'required' })
      },
    },
  ],
}
