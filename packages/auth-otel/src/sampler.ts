/**
 * Says yes once in a number of calls on average, at random: what comes in step with it must not be timed always, or never.
 * Costs a subtraction.
 */
export function sampler(oneOf: number): () => boolean {
  let left = gap(oneOf)
  return () => {
    left -= 1
    if (left > 0) return false
    left = gap(oneOf)
    return true
  }
}

/** From 1 to twice as many, less one. */
function gap(oneOf: number): number {
  return 1 + Math.floor(Math.random() * (2 * oneOf - 1))
}
