import type { DPoPHandle } from 'oauth4webapi'

import { withProof } from './clients.js'
import type { Client } from './clients.js'
import { firstUse } from './first-use.js'
import type { Kind, Scene } from './kind.js'
import { pick } from './pick.js'
import type { Server } from './programs.js'
import { callOf } from './replays.js'

export const dpopTraffic: readonly Kind[] = [
  accepted('DPoP', 20, (scene) => handleOf(pick(scene.clients), 'right')),
  accepted('DPoP, twice and more at once', 6, (scene) => handleOf(pick(scene.clients), 'right'), true),
  accepted('DPoP, almost too old', 4, (scene) => handleOf(pick(scene.clients), 'late')),
  accepted('DPoP, clock an hour off, with nonce', 6, (scene) => handleOf(pick(scene.wrongClocks), 'wrong')),
  accepted('DPoP, the same, twice and more at once', 2, (scene) => handleOf(pick(scene.wrongClocks), 'wrong'), true),
  {
    name: 'DPoP, forged nonce',
    weight: 2,
    run: (scene, server) => refused('DPoP, forged nonce', '401 DPOP_6014', scene, server, 'forging'),
  },
  {
    name: 'DPoP, proof for another server',
    weight: 2,
    run: (scene, server) =>
      refused('DPoP, proof for another server', '400 DPOP_6009', scene, server, 'right', 'https://other.example'),
  },
  { name: 'DPoP, proof of another key', weight: 2, run: anotherKey },
]

interface Chosen {
  readonly handle: DPoPHandle
  readonly thumbprint: string
}

function handleOf(client: Client, handle: 'right' | 'wrong' | 'late' | 'forging'): Chosen {
  return { handle: client[handle], thumbprint: client.thumbprint }
}

/** Requests with a new proof each, which are accepted once. */
function accepted(name: string, weight: number, choose: (scene: Scene) => Chosen, atOnce = false): Kind {
  return {
    name,
    weight,
    async run(scene, server) {
      const { handle, thumbprint } = choose(scene)
      const token = scene.tokens.bound(thumbprint)
      const { method, path } = anyRoute()
      const copies = atOnce ? 2 + Math.floor(Math.random() * 3) : 1
      await withProof({ handle, token, method, url: server.origin + path }, (proof) =>
        firstUse(name, scene, { server, method, path, token, proof }, copies),
      )
    },
  }
}

function anyRoute(): { method: string; path: string } {
  if (Math.random() < 0.6) return { method: 'GET', path: '/api/private' }
  return { method: 'DELETE', path: `/api/resource/${pick(['A', 'b', 'zZ', '7'])}` }
}

async function refused(
  kind: string,
  expected: string,
  scene: Scene,
  server: Server,
  handle: 'right' | 'forging',
  origin: string = server.origin,
): Promise<void> {
  const client = pick(scene.clients)
  const token = scene.tokens.bound(client.thumbprint)
  const [method, path] = ['GET', '/api/private']
  await withProof({ handle: client[handle], token, method, url: origin + path }, async (proof) => {
    const answer = await scene.send(callOf({ server, method, path, token, proof }))
    scene.tally.record({ server: server.name, kind, answer, expected: [expected] })
    return undefined
  })
}

/** RFC 9449 §4.3 check 12: whoever stole a token has another key. */
async function anotherKey(scene: Scene, server: Server): Promise<void> {
  const [owner, thief] = [pick(scene.clients), pick(scene.wrongClocks)]
  const token = scene.tokens.bound(owner.thumbprint)
  const [method, path] = ['GET', '/api/private']
  await withProof({ handle: thief.right, token, method, url: server.origin + path }, async (proof) => {
    const answer = await scene.send(callOf({ server, method, path, token, proof }))
    const expected = ['401 DPOP_6003']
    scene.tally.record({ server: server.name, kind: 'DPoP, proof of another key', answer, expected })
    return undefined
  })
}

/** Has the clients with a wrong clock get their first nonces: RFC 9449 §9, in two round trips. */
export async function learnNonces(scene: Scene): Promise<void> {
  for (const { wrong: handle, thumbprint } of scene.wrongClocks) {
    for (const server of scene.servers) {
      for (const expected of ['401 DPOP_6013', '200']) await askOnce(scene, server, { handle, thumbprint }, expected)
    }
  }
}

async function askOnce(scene: Scene, server: Server, { handle, thumbprint }: Chosen, expected: string): Promise<void> {
  const token = scene.tokens.bound(thumbprint)
  const [method, path] = ['GET', '/api/private']
  await withProof({ handle, token, method, url: server.origin + path }, async (proof) => {
    const answer = await scene.send(callOf({ server, method, path, token, proof }))
    const kind = 'DPoP, clock an hour off, first requests'
    scene.tally.record({ server: server.name, kind, answer, expected: [expected] })
    if (answer.nonce !== undefined) scene.forgery.nonce = () => altered(answer.nonce ?? '')
    return answer.nonce
  })
}

/** A real nonce with another character in the middle of its HMAC, or something else altogether. */
function altered(nonce: string): string {
  const at = nonce.length - 10
  return pick([nonce.slice(0, at) + (nonce[at] === 'A' ? 'B' : 'A') + nonce.slice(at + 1), 'forged', '0'.repeat(52)])
}
