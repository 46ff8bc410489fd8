import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'
import { presetRows, shapeRows, tableBelow } from './guide.js'
import { shapes } from './shapes.js'

const guide = readFileSync(new URL('../../guides/issuers.md', import.meta.url), 'utf8')

describe('the guide "Issuers" lists what the tests accept', () => {
  it('where each preset finds what', () => {
    expect(tableBelow('Presets', guide)).toEqual(presetRows())
  })

  it('each token', () => {
    expect(tableBelow('Accepted tokens', guide)).toEqual(shapeRows(shapes))
  })

  it('each preset has a token', () => {
    const names = new Set(shapes.map(({ options }) => `\`${options.preset}\``))
    const [, ...presets] = presetRows()
    expect(presets.map(([name]) => name)).toEqual([...names].toSorted())
  })
})
