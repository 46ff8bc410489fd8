/** What a promise brings within so many seconds; undefined when that is nothing. Leaves no timer behind. */
export async function within<Value>(promise: PromiseLike<Value>, seconds: number): Promise<Value | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const tooLate = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), seconds * 1000)
  })
  try {
    return await Promise.race([promise, tooLate])
  } finally {
    clearTimeout(timer)
  }
}
