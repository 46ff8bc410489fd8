import { createRequire } from 'node:module'

import { describe, expect, it } from 'vitest'

import { describeCensus } from '../../../auth-express/test/census-suite.js'

const require = createRequire(import.meta.url)

describe('a census of Express 4', () => {
  it('is of what this package installs', () => {
    expect(require('express/package.json')).toMatchObject({ name: 'express', version: '4.18.0' })
  })

  describeCensus('*')
})
