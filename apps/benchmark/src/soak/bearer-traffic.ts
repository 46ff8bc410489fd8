import type { Kind, Scene } from './kind.js'
import { pick } from './pick.js'
import type { Server } from './programs.js'
import type { Tokens } from './tokens.js'

interface BearerKind {
  readonly weight: number
  readonly expected: string
  readonly path?: string
  readonly token?: (tokens: Tokens, scene: Scene) => string | Promise<string>
}

const KINDS: Readonly<Record<string, BearerKind>> = {
  'Bearer, token seen before': { weight: 20, expected: '200', token: (tokens) => tokens.seen() },
  'Bearer, new token': { weight: 8, expected: '200', token: (tokens) => tokens.fresh() },
  'Bearer, expired': { weight: 3, expected: '401 AUTH_1001', token: (tokens) => tokens.expired() },
  'Bearer, tampered with': { weight: 3, expected: '401 AUTH_1002', token: (tokens) => tokens.tampered() },
  'Bearer, no token': { weight: 2, expected: '401 AUTH_1003' },
  'Bearer, bound token': {
    weight: 2,
    expected: '401 AUTH_1004',
    token: (tokens, { clients }) => tokens.bound(pick(clients).thumbprint),
  },
  'Bearer, scope missing': {
    weight: 3,
    expected: '403 AUTH_1005',
    path: '/api/messages',
    token: (tokens) => tokens.withoutScope(),
  },
  'public route': { weight: 2, expected: '200', path: '/api/public' },
}

export const bearerTraffic: readonly Kind[] = Object.entries(KINDS).map(([name, kind]) => ({
  name,
  weight: kind.weight,
  run: (scene, server) => runBearer(name, kind, scene, server),
}))

async function runBearer(name: string, kind: BearerKind, scene: Scene, server: Server): Promise<void> {
  const { path = '/api/private', token, expected } = kind
  const sent = await token?.(scene.tokens, scene)
  const headers = sent === undefined ? undefined : { authorization: `Bearer ${sent}` }
  const answer = await scene.send({ server, method: 'GET', path, headers: headers ?? {} })
  scene.tally.record({ server: server.name, kind: name, answer, expected: [expected] })
}
