import type { ToMend } from '../mend.js'
import { colour, messageOf, printable } from '../terminal.js'
import type { Terminal } from '../terminal.js'

const FIX = 'mend the application; or, where the change is wanted, write the file anew with --update, and review it'

/** What differs from a reviewed file. @param compare - throws where something does */
export function compared(compare: () => void): ToMend | undefined {
  try {
    compare()
    return undefined
  } catch (error) {
    const message = messageOf(error)
    // What core says of its own variable is --update here.
    const [, missing] = /^(.* cannot be read): run with UPDATE_REVIEWED/s.exec(message) ?? []
    if (missing !== undefined) return { says: missing, fix: 'write it with --update, review it, and commit it' }
    const lines = message.split('\n').filter((line) => !line.startsWith('UPDATE_REVIEWED'))
    return { says: lines.join('\n'), fix: FIX }
  }
}

/** A table, and what is to be mended of it. */
export function reviewText(table: string, primary: ToMend | undefined, terminal: Terminal): string {
  if (primary === undefined) return table
  const says = primary.says.split('\n').map((line) => printable(line, 2000))
  return `${table}\n\n${colour('bold', 'Mend this first:', terminal)} ${says.join('\n  ')}\n  ${printable(primary.fix)}`
}
