import type { HeldProof } from './held-proofs.js'
import type { Answer } from './http.js'
import type { Scene } from './kind.js'
import { anyDisguise, callOf, DISGUISES, expectedOfReplay, lifeOf } from './replays.js'

type NewProof = Omit<HeldProof, 'goodUntil' | 'goneAfter'>

/**
 * Sends a new proof, as several copies at once when asked to: one is accepted and no more. Then sends it again at once,
 * or holds it for later.
 *
 * @returns the nonce of the answer that was accepted
 */
export async function firstUse(
  kind: string,
  scene: Scene,
  proof: NewProof,
  copies: number,
): Promise<string | undefined> {
  const held = { ...proof, ...lifeOf(proof.proof, now()) }
  const answers = await Promise.all(
    Array.from({ length: copies }, (_, index) => scene.send(index === 0 ? callOf(held) : disguised(held))),
  )
  const winner = recordAll(kind, scene, held, answers)
  if (winner === undefined) return undefined
  if (Math.random() < 0.2) await replay(scene, held, 'replay, at once')
  scheduleReplay(scene, held)
  return winner.nonce
}

function disguised(held: HeldProof): ReturnType<typeof callOf> {
  return DISGUISES[anyDisguise()](held)
}

/** The first that was accepted is the winner; when none was, the first is held against the server. */
function recordAll(kind: string, scene: Scene, held: HeldProof, answers: readonly Answer[]): Answer | undefined {
  const winner = answers.find(({ accepted }) => accepted)
  const first = winner ?? answers[0]
  for (const answer of answers) {
    const replayed = answer !== first
    const expected = replayed ? ['400 DPOP_6012'] : ['200']
    scene.tally.record({ server: held.server.name, kind, answer, expected, replay: replayed && winner !== undefined })
  }
  return winner
}

/** Some a little later, some around the moment at which they could no longer be accepted. */
function scheduleReplay({ held, end }: Scene, proof: HeldProof): void {
  const chance = Math.random()
  const time = now()
  if (chance < 0.15) held.hold(proof, Math.min(time + Math.random() * 60, end))
  // Those that are held for less than half a minute are near their end already.
  const soon = proof.goneAfter - time < 30
  if (chance > (soon ? 0.4 : 0.94) && proof.goneAfter < end) held.hold(proof, proof.goneAfter - 2 + Math.random() * 3)
}

/** Sends a proof that was accepted. */
export async function replay(scene: Scene, held: HeldProof, kind: string): Promise<void> {
  const disguise = anyDisguise()
  const sent = now()
  const answer = await scene.send(DISGUISES[disguise](held))
  const expected = expectedOfReplay(held, sent, now())
  scene.tally.record({ server: held.server.name, kind: `${kind}, ${disguise}`, answer, expected, replay: true })
}

/** Those that were due while the load was on. */
export async function replayDue(scene: Scene, held: HeldProof): Promise<void> {
  await replay(scene, held, held.goodUntil - now() < 5 ? 'replay, near the end of its life' : 'replay, later')
}

function now(): number {
  return Date.now() / 1000
}
