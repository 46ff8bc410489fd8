import { readdirSync, readFileSync } from 'node:fs'

/** Microseconds of CPU that a process has used, all threads, by the kernel's own accounting. Linux only. */
export function cpuOf(pid: number): number {
  let nanoseconds = 0
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const [onCpu = ''] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')
    nanoseconds += Number(onCpu)
  }
  return nanoseconds / 1000
}

/** Whether the kernel keeps that account. */
export function hasCpuAccounts(): boolean {
  try {
    return cpuOf(process.pid) > 0
  } catch {
    return false
  }
}
