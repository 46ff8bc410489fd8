import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import express from 'express'
import { describe, expect, it, onTestFinished, vi } from 'vitest'

import { expectCensus } from '../src/census.js'
import { publicRoute } from '../src/index.js'
import { describeCensus } from './census-suite.js'

describe('a census of Express 5', () => {
  describeCensus('*rest')
})

describe('the reviewed file', () => {
  function fileOf(): string {
    // It is not written there.
    vi.stubEnv('CI', '')
    onTestFinished(() => void vi.unstubAllEnvs())
    const folder = mkdtempSync(join(tmpdir(), 'census-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    return join(folder, 'census.json')
  }

  it('refuses a planted open route', () => {
    const [app, file] = [
      express().get('/x', publicRoute('why'), (_request, response) => void response.send()),
      fileOf(),
    ]
    expectCensus(app, file, { update: true })
    expectCensus(app, file)
    app.get('/planted', (_request, response) => void response.send())
    expect(() => expectCensus(app, file)).toThrow(/not guarded as it was reviewed.*\n {2}GET \/planted: open\n/)
  })

  it('is compared with a reason', () => {
    expect(() => publicRoute('')).toThrow(/^publicRoute: got no reason/)
  })
})
