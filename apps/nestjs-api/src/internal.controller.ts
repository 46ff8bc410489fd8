import { Auth, RequireAuth } from '@acme/auth-nestjs'
import type { AuthContext } from '@acme/auth-nestjs'
import { answers, policies } from '@acme/sample-api'
import { Controller, HttpCode, Post } from '@nestjs/common'

/** For other services, which act for themselves. */
@RequireAuth(policies.machines)
@Controller('internal')
export class InternalController {
  @HttpCode(200)
  @Post('process')
  process(@Auth() auth: AuthContext): ReturnType<typeof answers.processed> {
    return answers.processed(auth)
  }
}
