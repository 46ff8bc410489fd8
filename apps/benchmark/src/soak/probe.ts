// Loaded into each server before its own program: tells of its memory when asked.

/** Of a server's process. Bytes, and seconds of CPU since it began. */
export interface Memory {
  readonly rss: number
  readonly heapUsed: number
  /** The in-memory replay store is in here. */
  readonly arrayBuffers: number
  readonly cpu: number
}

process.on('message', (question: { readonly collect: boolean }) => {
  if (question.collect) globalThis.gc?.()
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  const memory: Memory = { rss, heapUsed, arrayBuffers, cpu: (user + system) / 1e6 }
  process.send?.(memory)
})
// No server outlives the soak, and none is kept alive by it.
process.on('disconnect', () => process.exit(1))
process.channel?.unref()
