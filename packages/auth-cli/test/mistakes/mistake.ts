import type { ToMend } from '../../src/mend.js'
import type { World } from './world.js'

/** A mistake that people make, and the one command that finds it. */
export interface Mistake {
  /** As the guide names it. */
  readonly name: string
  /** What its user has. */
  readonly atHand: string
  /** What is called, for the guide. */
  readonly command: string
  /** What is to be mended first names it so. */
  readonly says: RegExp | string
  /** Of what mends it. */
  readonly fix: string
  /** Makes the mistake, with real servers, runs the command, and answers what that says to mend first. */
  readonly made: (world: World) => Promise<ToMend | null>
}

/** What stands in the title of the guide's tables. */
export interface Chapter {
  readonly title: string
  readonly mistakes: readonly Mistake[]
}
