import { Auth, Public, RESOURCE_SERVER } from '@acme/auth-nestjs'
import type { AuthContext, ResourceServer } from '@acme/auth-nestjs'
import { logOutEverywhere, receiveSignal, reasons, sellTicket } from '@acme/sample-api'
import type { Sessions } from '@acme/sample-api'
import { Controller, Headers, Inject, Post, Query, Req, Res } from '@nestjs/common'
import { HttpAdapterHost } from '@nestjs/core'

import { DOCUMENTED } from './documents.controller.js'
import type { Documented } from './documents.controller.js'
import { rawRequest } from './raw.js'
import type { PlatformRequest } from './raw.js'

/** Both platforms have it. */
interface Reply {
  status(code: number): unknown
}

/** What connections are opened by, and what ends sessions. */
@Controller()
export class SessionsController {
  readonly #sessions: Sessions
  readonly #resourceServer: ResourceServer
  readonly #host: HttpAdapterHost

  constructor(
    @Inject(DOCUMENTED) { settings }: Documented,
    @Inject(RESOURCE_SERVER) resourceServer: ResourceServer,
    @Inject(HttpAdapterHost) host: HttpAdapterHost,
  ) {
    this.#sessions = settings.sessions
    this.#resourceServer = resourceServer
    this.#host = host
  }

  @Post('api/tickets')
  async ticket(
    @Auth() auth: AuthContext,
    @Query('path') path: unknown,
    @Headers('origin') origin: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<object> {
    const { status, body } = await sellTicket(this.#resourceServer, auth, { path, origin })
    reply.status(status)
    return body
  }

  @Post('api/logout-everywhere')
  async logOut(@Auth() auth: AuthContext, @Res({ passthrough: true }) reply: Reply): Promise<object> {
    const { status, body } = await logOutEverywhere(auth, this.#sessions)
    reply.status(status)
    return body
  }

  @Public(reasons.signals)
  @Post('security-events')
  async securityEvent(@Req() request: PlatformRequest, @Res() reply: object): Promise<void> {
    const raw = rawRequest(request)
    const { method = '' } = raw
    const { status, headers, body } = await receiveSignal(this.#sessions, { method, headers: raw.headers, body: raw })
    const { httpAdapter } = this.#host
    for (const [name, value] of Object.entries(headers)) httpAdapter.setHeader(reply, name, value)
    // Fastify would write `null`.
    httpAdapter.reply(reply, body ?? undefined, status)
  }
}
