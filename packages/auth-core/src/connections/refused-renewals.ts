// Refused renewals that a connection may have in a minute. Each is a verification that the client pays nothing for.
const MOST = 20
// Seconds after which one of them is forgotten.
const FORGOTTEN_AFTER = 3

/**
 * Counts one more refused renewal, by the generic cell rate algorithm (ITU-T I.371): one number for each connection.
 *
 * @param debt - when all before it are forgotten, in seconds since the epoch
 * @returns when all are; undefined when they are too many
 */
export function countRefusal(debt: number, now: number): number | undefined {
  const most = now + MOST * FORGOTTEN_AFTER
  // More than there can be: the clock was put back.
  const next = (debt > now && debt <= most ? debt : now) + FORGOTTEN_AFTER
  return next <= most ? next : undefined
}
