import type { Server } from 'node:http'

import type { AuthOptions } from '@acme/auth-express'

/** What tests need of an application of Nest. */
export function createNest(options: AuthOptions): Promise<{ getHttpServer(): Server; close(): Promise<void> }>
