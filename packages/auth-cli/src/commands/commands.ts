import type { Command } from 'commander'

import type { CommandContext } from './command.js'
import { addAttack } from './attack.js'
import { addCall } from './call.js'
import { addDev } from './dev.js'
import { addDoctor } from './doctor.js'
import { addExplain } from './explain.js'
import { addInspect } from './inspect.js'
import { addProof } from './proof.js'
import { addReport } from './report.js'
import { addRoutes } from './routes.js'
import { addToken } from './token.js'
import { addWhy } from './why.js'

/** Every command, in the order of the help. */
export function addCommands(program: Command, context: CommandContext): void {
  addDoctor(program, context)
  addInspect(program, context)
  addExplain(program, context)
  addWhy(program, context)
  addToken(program, context)
  addCall(program, context)
  addProof(program, context)
  addRoutes(program, context)
  addReport(program, context)
  addAttack(program, context)
  addDev(program, context)
}
