import { expectReport } from '@acme/auth-core/review'

import { asResource } from '../resource.js'
import type { RunningApp } from '../run.js'
import { readSettings } from '../settings.js'
import type { SampleSettings } from '../settings.js'

// Of production: clients address one origin, which the audience holds.
const ENVIRONMENT = {
  PORT: '0',
  AUTH0_ISSUER: 'https://issuer.example.com/',
  AUTH0_AUDIENCE: 'https://api.example.com',
  PUBLIC_ORIGINS: 'https://api.example.com',
}

/** How a sample API is started for a review. */
interface ReviewedStart {
  readonly start: (settings: SampleSettings) => Promise<RunningApp>
  /** What it enforced when that was reviewed; `UPDATE_REVIEWED=1` writes it. */
  readonly file: URL
}

/**
 * Starts a sample API and holds what it enforces against its reviewed file.
 *
 * @throws {Error} that lists what is enforced no longer, and what else differs
 */
export async function expectReviewedReport({ start, file }: ReviewedStart): Promise<void> {
  await withApp(start, {}, ({ resourceServer }) => expectReport(resourceServer, file))
}

/** What such a test says of the same API without DPoP. The file is left as it is. */
export async function complaintAboutWeaker({ start, file }: ReviewedStart): Promise<string> {
  try {
    await withApp(start, { AUTH0_DPOP: 'disabled' }, ({ resourceServer }) => {
      expectReport(resourceServer, file, { update: false })
    })
  } catch (error) {
    return String(error)
  }
  return 'nothing'
}

async function withApp(
  start: ReviewedStart['start'],
  env: Readonly<Record<string, string>>,
  use: (app: RunningApp) => void,
): Promise<void> {
  const app = await start(await asResource(readSettings({ ...ENVIRONMENT, ...env })))
  try {
    use(app)
  } finally {
    await app.close()
  }
}
