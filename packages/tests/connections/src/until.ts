import { eventually } from '@acme/tests-servers'

/** Waits for a condition. @throws when it does not hold within ten seconds */
export function until(wanted: string, condition: () => boolean): Promise<void> {
  return eventually(wanted, async () => condition(), 10)
}
