import { parseArgs } from 'node:util'

/** What a run was asked to do. Durations are seconds. */
export interface Settings {
  readonly seconds: number
  readonly connections: number
  /** How often Redis goes away. */
  readonly restarts: number
  /** The shortest life of a token; the longest is twice as long. */
  readonly lifetime: number
  /** Subjects whose tokens are revoked, for each second. */
  readonly revocations: number
  /** How many idle connections are measured; 0: none. */
  readonly idle: number
}

export const USAGE =
  'Usage: npm run soak:connections [-- --seconds 180] [--connections 5000] [--restarts 4] [--lifetime 40] [--revocations 2] [--idle 10000]'

/** @throws {TypeError} for arguments that are not understood */
export function readArguments(args: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string', default: '180' },
      connections: { type: 'string', default: '5000' },
      restarts: { type: 'string', default: '4' },
      lifetime: { type: 'string', default: '40' },
      revocations: { type: 'string', default: '2' },
      idle: { type: 'string', default: '10000' },
    },
  })
  return {
    seconds: number('--seconds', values.seconds, 5, 86_400),
    connections: Math.round(number('--connections', values.connections, 10, 20_000)),
    restarts: Math.round(number('--restarts', values.restarts, 0, 1000)),
    lifetime: number('--lifetime', values.lifetime, 5, 3600),
    revocations: number('--revocations', values.revocations, 0, 1000),
    idle: Math.round(number('--idle', values.idle, 0, 15_000)),
  }
}

function number(name: string, given: string, least: number, most: number): number {
  const value = Number(given)
  if (/^\d+(\.\d+)?$/.test(given) && value >= least && value <= most) return value
  throw new TypeError(`${name}: got ${given}, want a number from ${least} to ${most}`)
}
