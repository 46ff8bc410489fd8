import { Public } from '@acme/auth-nestjs'
import { answers, reasons } from '@acme/sample-api'
import { Controller, Get } from '@nestjs/common'

@Controller()
export class PublicController {
  @Public(reasons.home)
  @Get()
  home(): ReturnType<typeof answers.home> {
    return answers.home()
  }

  @Public(reasons.health)
  @Get('health')
  health(): ReturnType<typeof answers.health> {
    return answers.health()
  }

  @Public(reasons.info)
  @Get('public/info')
  info(): ReturnType<typeof answers.publicInfo> {
    return answers.publicInfo()
  }

  @Public(reasons.tokenStructure)
  @Get('demo/token-structure')
  tokenStructure(): ReturnType<typeof answers.explainToken> {
    return answers.explainToken()
  }
}
