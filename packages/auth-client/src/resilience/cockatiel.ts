import {
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  DelegateBackoff,
  handleWhen,
  retry,
  timeout,
  TimeoutStrategy,
} from 'cockatiel'
import type * as library from 'cockatiel'

/** What is used of the library. */
export type Cockatiel = Pick<
  typeof library,
  | 'circuitBreaker'
  | 'CircuitState'
  | 'ConsecutiveBreaker'
  | 'DelegateBackoff'
  | 'handleWhen'
  | 'retry'
  | 'timeout'
  | 'TimeoutStrategy'
>

/** The library, which is there already. Workers get another module: see `cockatiel-later.ts`. */
export function loadCockatiel(): Promise<Cockatiel> {
  return Promise.resolve({
    circuitBreaker,
    CircuitState,
    ConsecutiveBreaker,
    DelegateBackoff,
    handleWhen,
    retry,
    timeout,
    TimeoutStrategy,
  })
}
