import { setTimeout } from 'node:timers/promises'

const POLL_PAUSE = 20 // milliseconds

/**
 * Repeats a step until it says true.
 *
 * @throws when it has not within this many seconds, or what the step throws
 */
export async function eventually(
  what: string,
  step: () => boolean | Promise<boolean>,
  seconds: number = 20,
): Promise<void> {
  const deadline = performance.now() + seconds * 1000
  while (!(await step())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${seconds} s`)
    await setTimeout(POLL_PAUSE)
  }
}
