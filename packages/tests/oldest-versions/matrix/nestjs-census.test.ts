import { createRequire } from 'node:module'

import { describe, expect, it } from 'vitest'

import { describeCensus } from '../../../auth-nestjs/test/census-suite.js'

const require = createRequire(import.meta.url)

describe('a census of Nest 11', () => {
  it('is of what this package installs', () => {
    expect(require('@nestjs/core/package.json')).toMatchObject({ name: '@nestjs/core', version: '11.0.1' })
  })

  describeCensus()
})
