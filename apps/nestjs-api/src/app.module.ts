import { Auth0Guard, Auth0Module } from '@acme/auth-nestjs'
import { Module } from '@nestjs/common'
import type { DynamicModule } from '@nestjs/common'
import { APP_FILTER, APP_GUARD } from '@nestjs/core'

import { ApiController } from './api.controller.js'
import { DOCUMENTED, DocumentsController } from './documents.controller.js'
import type { Documented } from './documents.controller.js'
import { ErrorFilter } from './error.filter.js'
import { FeedController } from './feed.controller.js'
import { FeedGateway } from './feed.gateway.js'
import { FeedResolver, graphql } from './graphql.js'
import { InternalController } from './internal.controller.js'
import { limitSubjects } from './limits.js'
import { McpController } from './mcp.controller.js'
import { MetricsController } from './metrics.controller.js'
import { NextController } from './next.controller.js'
import { PublicController } from './public.controller.js'
import { SessionsController } from './sessions.controller.js'
import { TracesController } from './traces.controller.js'

@Module({
  controllers: [
    PublicController,
    DocumentsController,
    ApiController,
    NextController,
    InternalController,
    TracesController,
    McpController,
    SessionsController,
    MetricsController,
    FeedController,
  ],
  providers: [
    FeedGateway,
    FeedResolver,
    // Every route wants a token, unless a decorator says otherwise.
    { provide: APP_GUARD, useExisting: Auth0Guard },
    { provide: APP_FILTER, useClass: ErrorFilter },
  ],
})
export class AppModule {
  /** @throws {TypeError} when an option is bad */
  static forRoot(documented: Documented): DynamicModule {
    const { settings } = documented
    return {
      module: AppModule,
      imports: [Auth0Module.forRoot(settings.auth), limitSubjects(settings.limits), graphql()],
      providers: [{ provide: DOCUMENTED, useValue: documented }],
    }
  }
}
