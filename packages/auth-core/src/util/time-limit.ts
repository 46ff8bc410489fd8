/** What a promise brings within so many seconds, or the word for "nothing came". Leaves no timer behind. */
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

// HTML §8.6 takes a 32-bit number: a longer time would be over at once.
const LONGEST_TIMER = 2 ** 31 - 1

/** Seconds, as `setTimeout` takes them. */
export function milliseconds(seconds: number): number {
  return Math.min(seconds * 1000, LONGEST_TIMER)
}
