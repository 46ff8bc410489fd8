import { milliseconds } from './time-limit.js'

/** Runs once, some seconds later; does not keep a process alive. @returns stops it */
export function laterOn(seconds: number, run: () => void): () => void {
  const timer = setTimeout(run, milliseconds(seconds))
  release(timer)
  return () => clearTimeout(timer)
}

/** Runs again and again; does not keep a process alive. @returns stops it */
export function every(seconds: number, run: () => void): () => void {
  const timer = setInterval(run, milliseconds(seconds))
  release(timer)
  return () => clearInterval(timer)
}

function release(timer: unknown): void {
  const { unref } = timer as { unref?: () => void } // of Node, Bun and Deno: elsewhere a number
  unref?.call(timer)
}
