import { Auth, OptionalAuth, Public, RequireAuth } from '@acme/auth-nestjs'
import type { AuthContext } from '@acme/auth-nestjs'
import { answers } from '@acme/sample-api'
import { Controller, Delete, Get, HttpCode, NotFoundException, Param, Post, UseGuards } from '@nestjs/common'

import { SubjectLimitGuard } from './limits.js'

@Controller('api')
export class ApiController {
  @Public('for anybody, without a token')
  @Get('public')
  publicApi(): ReturnType<typeof answers.publicApi> {
    return answers.publicApi()
  }

  @OptionalAuth()
  @Get('optional')
  optional(@Auth() auth: AuthContext | null): ReturnType<typeof answers.optionalCaller> {
    return answers.optionalCaller(auth)
  }

  // Without a decorator: any valid token, by the guard of the application.
  @Get('private')
  caller(@Auth() auth: AuthContext): ReturnType<typeof answers.caller> {
    return answers.caller(auth)
  }

  @HttpCode(200)
  @Post('private')
  postingCaller(@Auth() auth: AuthContext): ReturnType<typeof answers.caller> {
    return answers.caller(auth)
  }

  @Get('profile')
  profile(@Auth() auth: AuthContext): ReturnType<typeof answers.profile> {
    return answers.profile(auth)
  }

  @RequireAuth('read:messages')
  @Get('messages')
  messages(): ReturnType<typeof answers.allMessages> {
    return answers.allMessages()
  }

  @RequireAuth('delete:data', 'admin:access')
  @Delete('resource/:id')
  delete(@Param('id') id: string): ReturnType<typeof answers.deleted> {
    // On Fastify a parameter may be empty.
    if (id === '') throw new NotFoundException()
    return answers.deleted(id)
  }

  @RequireAuth({ permissions: 'admin:access' })
  @Get('admin')
  admin(@Auth() auth: AuthContext): ReturnType<typeof answers.admin> {
    return answers.admin(auth)
  }

  // A guard of a route runs after those of the application.
  @UseGuards(SubjectLimitGuard)
  @Get('limited')
  limited(@Auth() auth: AuthContext): ReturnType<typeof answers.caller> {
    return answers.caller(auth)
  }
}
