import { ENDPOINTS, type TestEndpoint } from './endpoints.js'
import type { TestFault } from './faults.js'

interface Planned {
  readonly fault: TestFault
  left: number
}

/** Which endpoint fails how, and how often. */
export class FaultPlan {
  readonly #planned: Map<string, Planned> = new Map()

  plan(what: TestEndpoint | 'all' | `/${string}`, fault: TestFault | undefined, times: number): void {
    if (what === 'all') this.#planned.clear()
    for (const place of what === 'all' ? ENDPOINTS : [what]) {
      if (fault === undefined || times <= 0) this.#planned.delete(place)
      else this.#planned.set(place, { fault, left: times })
    }
  }

  /** The fault that strikes a request; that of its path before that of its endpoint. */
  next(path: string, endpoint: TestEndpoint): TestFault | undefined {
    const place = this.#planned.has(path) ? path : endpoint
    const planned = this.#planned.get(place)
    if (planned === undefined) return undefined
    planned.left -= 1
    if (planned.left <= 0) this.#planned.delete(place)
    return planned.fault
  }
}
