/**
 * Numbers that a seed decides (mulberry32), so that a run can be repeated.
 *
 * @typedef {object} Random
 * @property {(below: number) => number} below a whole number from 0 to less than that
 * @property {<Value>(list: readonly Value[]) => Value} pick
 * @property {(probability: number) => boolean} chance
 */

/**
 * @param {number} seed
 * @returns {Random}
 */
export function createRandom(seed) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (/** @type {number} */ limit) => Math.floor(next() * limit)
  return { below, pick: (list) => list[below(list.length)], chance: (probability) => next() < probability }
}

/**
 * The seed of one case of a run.
 *
 * @param {number} seed
 * @param {number} index
 */
export function seedOf(seed, index) {
  return (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) + Math.imul(index, 0xc2b2ae35)) >>> 0
}
