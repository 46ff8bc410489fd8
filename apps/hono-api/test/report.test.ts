import { complaintAboutWeaker, expectReviewedReport } from '@acme/sample-api/suite'
import { expect, test } from 'vitest'

import { start } from '../src/start.js'

const file = new URL('../report.json', import.meta.url)

test('what is enforced is what was reviewed', () => expectReviewedReport({ start, file }))

test('the file does not fit an API that enforces less', async () => {
  const complaint = await complaintAboutWeaker({ start, file })
  expect(complaint).toMatch(/enforced no longer:\n(?: {2}.*\n)*? {2}proof replay: was .*, is .*, not enforced/)
})
