import { describe, expect, it } from 'vitest'
import { requireNodeVersion } from '../../src/crypto/node-version.js'

describe('the version of Node', () => {
  it.each(['v20.19.0', 'v20.20.2', 'v21.0.0', 'v22.12.0', 'v26.10.0', 'v100.0.0'])('%s will do', (version) => {
    expect(() => requireNodeVersion(version)).not.toThrow()
  })

  it.each(['v20.18.3', 'v20.9.0', 'v18.20.8', 'v16.0.0'])('%s is told what is needed', (version) => {
    expect(() => requireNodeVersion(version)).toThrow(
      new Error(`@acme/auth-core needs Node 20.19 or newer, and this is ${version}`),
    )
  })
})
