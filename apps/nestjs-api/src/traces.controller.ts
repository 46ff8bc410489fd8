import { Auth, RequireAuth, RESOURCE_SERVER, sendTrace } from '@acme/auth-nestjs'
import type { AuthContext, ResourceServer, TraceReply } from '@acme/auth-nestjs'
import { policies } from '@acme/sample-api'
import { Controller, Get, Inject, Param, Res } from '@nestjs/common'

/** For operators: why a request was refused. */
@RequireAuth(policies.traces)
@Controller('internal/traces')
export class TracesController {
  readonly #resourceServer: ResourceServer

  constructor(@Inject(RESOURCE_SERVER) resourceServer: ResourceServer) {
    this.#resourceServer = resourceServer
  }

  @Get(':id')
  trace(@Param('id') id: string, @Auth() auth: AuthContext, @Res() reply: TraceReply): Promise<void> {
    return sendTrace(this.#resourceServer, reply, { auth, id })
  }
}
