import type { ModuleMetadata } from '@nestjs/common'
import { APP_GUARD } from '@nestjs/core'

import { Auth0Guard } from '../src/index.js'

/** Ways to have the guard at work where nothing is said. */
export const forTheApplication: readonly (readonly [string, NonNullable<ModuleMetadata['providers']>])[] = [
  ['APP_GUARD', [{ provide: APP_GUARD, useClass: Auth0Guard }]],
  ['decorators only', []],
]
