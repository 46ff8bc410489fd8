import { setTimeout as wait } from 'node:timers/promises'

import { bearerTraffic } from './bearer-traffic.js'
import { dpopTraffic } from './dpop-traffic.js'
import { replayDue } from './first-use.js'
import type { Kind, Scene } from './kind.js'
import { pick } from './pick.js'

const KINDS = [...bearerTraffic, ...dpopTraffic]
const TOTAL = KINDS.reduce((sum, { weight }) => sum + weight, 0)

/** Keeps `concurrency` requests in flight until the scene ends, or is ended. */
export async function load(scene: Scene, concurrency: number, signal: AbortSignal): Promise<void> {
  await Promise.all(Array.from({ length: concurrency }, () => work(scene, signal)))
}

async function work(scene: Scene, signal: AbortSignal): Promise<void> {
  for (;;) {
    const now = Date.now() / 1000
    if (signal.aborted || now >= scene.end) return
    const due = scene.held.takeDue(now)
    if (due === undefined) await anyKind().run(scene, pick(scene.servers))
    else await replayDue(scene, due)
  }
}

function anyKind(): Kind {
  let left = Math.random() * TOTAL
  return KINDS.find(({ weight }) => (left -= weight) < 0) ?? pick(KINDS)
}

/** Changes the signing key again and again, with time for a server's look at the key set in between. */
export async function rotateKeys(scene: Scene, seconds: number, signal: AbortSignal): Promise<void> {
  const every = Math.min(60, seconds / 2)
  for (;;) {
    const ended = await wait(every * 1000, false, { signal }).catch(() => true)
    if (ended || Date.now() / 1000 + 1 >= scene.end) return
    await scene.tokens.rotate()
  }
}
