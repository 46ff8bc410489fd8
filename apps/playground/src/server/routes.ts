import { describeNeeds, routes } from '@acme/sample-api'

import type { OfferedRoute } from '../wire.js'

// Not those that live on, sell tickets, or end sessions.
const OFFERED = [
  'GET /api/public',
  'GET /api/optional',
  'GET /api/private',
  'POST /api/private',
  'GET /api/profile',
  'GET /api/messages',
  'DELETE /api/resource/:id',
  'GET /api/admin',
  'POST /api/transfer',
  'GET /api/payments',
  'POST /internal/process',
]

export const offeredRoutes: readonly OfferedRoute[] = routes
  .filter(({ method, path }) => OFFERED.includes(`${method} ${path}`))
  .map(({ method, path, needs }) => {
    const wantsScope = typeof needs === 'object' && 'scopes' in needs
    return { method, path: path.replace(':id', '1'), needs: describeNeeds(needs), wantsScope }
  })

/** How the page has a token revoked before it is sent. */
export const REVOKING = { method: 'POST', path: '/api/logout-everywhere' } as const
