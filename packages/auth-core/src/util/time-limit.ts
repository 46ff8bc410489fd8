/**
 * The result of a promise, or `late` if it has not settled within `seconds`. Rejects if the promise does. Clears its
 * timer in every case, so that no process is kept running.
 */
export async function withinOr<Value, Late>(
  promise: PromiseLike<Value>,
  seconds: number,
  late: Late,
): Promise<Value | Late> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const tooLate = new Promise<Late>((resolve) => {
    timer = setTimeout(() => resolve(late), milliseconds(seconds))
  })
  try {
    return await Promise.race([promise, tooLate])
  } finally {
    clearTimeout(timer)
  }
}

// Timers take a signed 32-bit number of milliseconds (HTML §8.6). A longer time overflows and would fire at once.
const LONGEST_TIMER = 2 ** 31 - 1

/** Converts seconds to a delay for `setTimeout`, at most about 24.8 days. */
export function milliseconds(seconds: number): number {
  return Math.min(seconds * 1000, LONGEST_TIMER)
}
