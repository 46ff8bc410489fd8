import { complaintAboutWeaker, expectReviewedReport } from '@acme/sample-api/suite'
import type { RunningApp, SampleSettings } from '@acme/sample-api'
import { describe, expect, test } from 'vitest'

import { start } from '../src/start.js'

const file = new URL('../report.json', import.meta.url)

describe.each(['express', 'fastify'] as const)('on %s', (platform) => {
  const startOn = (settings: SampleSettings): Promise<RunningApp> => start(settings, platform)

  test('what is enforced is what was reviewed', () => expectReviewedReport({ start: startOn, file }))

  test('the file does not fit an API that enforces less', async () => {
    const complaint = await complaintAboutWeaker({ start: startOn, file })
    expect(complaint).toMatch(/enforced no longer:\n(?: {2}.*\n)*? {2}proof replay: was .*, is .*, not enforced/)
  })
})
