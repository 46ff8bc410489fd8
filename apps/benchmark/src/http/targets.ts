import { least, ratio } from '../target.js'
import type { Target } from '../target.js'
import { addedName, HTTP_DPOP, HTTP_LIMIT, HTTP_NEW, HTTP_SEEN, peersOf } from './routes.js'
import { FRAMEWORKS } from './setup.js'
import type { Framework } from './setup.js'

/** CPU that a request costs beyond the bare route. */
export const HTTP_TARGETS: readonly Target[] = FRAMEWORKS.flatMap(targetsOf)

function targetsOf(framework: Framework): readonly Target[] {
  const name = (route: string): string => addedName(framework, route)
  const bearerPeers = peersOf(framework, 'new').map(name)
  const dpopPeers = peersOf(framework, 'dpop').map(name)
  const of = (title: string): string => `${framework}: ${title}`
  return [
    ratio('http', of('new token / limit route'), 1.45, (cost) => cost(name(HTTP_NEW)) / cost(name(HTTP_LIMIT))),
    ratio('http', of('new token / best peer'), 0.75, (cost) => cost(name(HTTP_NEW)) / least(cost, bearerPeers)),
    ratio('http', of('token seen / limit route'), 0.3, (cost) => cost(name(HTTP_SEEN)) / cost(name(HTTP_LIMIT))),
    ratio('http', of('DPoP warm / best peer'), 0.4, (cost) => cost(name(HTTP_DPOP)) / least(cost, dpopPeers)),
  ]
}
