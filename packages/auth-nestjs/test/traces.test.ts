import { describeTraces } from '@acme/tests-adapters'
import { Controller, Get, Inject, Param, Res } from '@nestjs/common'

import { Auth, Auth0Module, RequireAuth, RESOURCE_SERVER, sendTrace } from '../src/index.js'
import type { AuthContext, ResourceServer, TraceReply } from '../src/index.js'
import { createApp, platforms } from './serve.js'

@Controller()
class TracesController {
  readonly #server: ResourceServer

  constructor(@Inject(RESOURCE_SERVER) server: ResourceServer) {
    this.#server = server
  }

  @Get()
  @RequireAuth()
  done(): string {
    return 'done'
  }

  @Get('internal/traces')
  @RequireAuth('read:traces')
  latest(@Auth() auth: AuthContext, @Res() reply: TraceReply): Promise<void> {
    return sendTrace(this.#server, reply, { auth, id: undefined })
  }

  @Get('internal/traces/:id')
  @RequireAuth('read:traces')
  trace(@Param('id') id: string, @Auth() auth: AuthContext, @Res() reply: TraceReply): Promise<void> {
    return sendTrace(this.#server, reply, { auth, id })
  }

  @Get('open/:id')
  open(@Param('id') id: string, @Auth() auth: AuthContext, @Res() reply: TraceReply): Promise<void> {
    return sendTrace(this.#server, reply, { auth, id })
  }
}

for (const platform of platforms) {
  describeTraces(`Nest on ${platform}`, async ({ options }) => {
    const app = await createApp(platform, { imports: [Auth0Module.forRoot(options)], controllers: [TracesController] })
    await app.listen(0, '127.0.0.1')
    return { port: Number(new URL(await app.getUrl()).port), resourceServer: app.get(RESOURCE_SERVER) }
  })
}
