import { EndpointError } from './endpoint-error.js'

/**
 * Runs an exchange within a time limit for all of it. A race, since a `fetch` of the application may ignore the signal.
 *
 * @param timeout - seconds
 * @throws {EndpointError} `late`
 */
export async function within<Result>(
  timeout: number,
  exchange: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new EndpointError('late', `no answer within ${timeout} s`)), timeout * 1000)
  })
  try {
    return await Promise.race([exchange(controller.signal), late])
  } finally {
    clearTimeout(timer)
    controller.abort()
  }
}
