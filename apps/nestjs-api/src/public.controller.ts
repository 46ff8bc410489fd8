import { Public } from '@acme/auth-nestjs'
import { answers } from '@acme/sample-api'
import { Controller, Get } from '@nestjs/common'

@Public('for anybody, without a token')
@Controller()
export class PublicController {
  @Get()
  home(): ReturnType<typeof answers.home> {
    return answers.home()
  }

  @Get('health')
  health(): ReturnType<typeof answers.health> {
    return answers.health()
  }

  @Get('public/info')
  info(): ReturnType<typeof answers.publicInfo> {
    return answers.publicInfo()
  }

  @Get('demo/token-structure')
  tokenStructure(): ReturnType<typeof answers.explainToken> {
    return answers.explainToken()
  }
}
