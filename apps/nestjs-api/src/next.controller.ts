import { Auth, RequireAuth } from '@acme/auth-nestjs'
import type { AuthContext } from '@acme/auth-nestjs'
import { callNext, policies } from '@acme/sample-api'
import type { NextApi } from '@acme/sample-api'
import { Controller, Get, Inject, Res } from '@nestjs/common'

import { DOCUMENTED } from './documents.controller.js'
import type { Documented } from './documents.controller.js'

/** Both platforms have it. */
interface Reply {
  status(code: number): unknown
}

/** `/api/next`: another API, on behalf of the caller. */
@Controller('api')
export class NextController {
  readonly #next: NextApi | undefined

  constructor(@Inject(DOCUMENTED) { settings }: Documented) {
    this.#next = settings.next
  }

  @RequireAuth(policies.messages)
  @Get('next')
  async next(@Auth() auth: AuthContext, @Res({ passthrough: true }) reply: Reply): Promise<object> {
    const { status, body } = await callNext(auth, this.#next)
    reply.status(status)
    return body
  }
}
