import type { Chapter } from './mistake.js'
import { OF_CLIENTS } from './of-clients.js'
import { OF_DEPLOYMENTS } from './of-deployments.js'
import { OF_PROXIES } from './of-proxies.js'
import { OF_REDIS } from './of-redis.js'
import { OF_REQUESTS } from './of-requests.js'
import { OF_SETTINGS } from './of-settings.js'
import { OF_TOKENS } from './of-tokens.js'
import { TWENTY } from './twenty.js'

/** Every mistake of the guide, in its order. */
export const CHAPTERS: readonly Chapter[] = [
  TWENTY,
  OF_SETTINGS,
  OF_CLIENTS,
  OF_TOKENS,
  OF_REQUESTS,
  OF_REDIS,
  OF_DEPLOYMENTS,
  OF_PROXIES,
]
