import { afterAll, beforeAll } from 'vitest'

import { describeAccepted } from './accepted.js'
import { describeMistakes } from './mistakes.js'
import { describeSpoofing } from './spoofing.js'
import { describeTrust } from './trust.js'
import { openStage } from './support/stage.js'
import type { Stage } from './support/stage.js'

// One file: the processes are started once.
let stage: Stage | undefined

beforeAll(async () => {
  stage = await openStage()
})

afterAll(() => stage?.close())

const running = (): Stage => {
  if (stage === undefined) throw new Error('nothing was started')
  return stage
}

describeAccepted(running)
describeSpoofing(running)
describeTrust(running)
describeMistakes(running)
