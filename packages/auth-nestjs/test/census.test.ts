import { describe } from 'vitest'

import { describeCensus } from './census-suite.js'

describe('a census of Nest 12', () => {
  describeCensus()
})
