import { Auth, OptionalAuth, Public, RequireAuth } from '@acme/auth-nestjs'
import type { AuthContext } from '@acme/auth-nestjs'
import { answers, policies, reasons } from '@acme/sample-api'
import { Controller, Delete, Get, HttpCode, NotFoundException, Param, Post, UseGuards } from '@nestjs/common'

import { SubjectLimitGuard } from './limits.js'

@Controller('api')
export class ApiController {
  @Public(reasons.data)
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

  @RequireAuth(policies.messages)
  @Get('messages')
  messages(): ReturnType<typeof answers.allMessages> {
    return answers.allMessages()
  }

  @RequireAuth(policies.resource)
  @Delete('resource/:id')
  delete(@Param('id') id: string): ReturnType<typeof answers.deleted> {
    // On Fastify a parameter may be empty.
    if (id === '') throw new NotFoundException()
    return answers.deleted(id)
  }

  @RequireAuth(policies.admin)
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

  @RequireAuth(policies.transfer)
  @HttpCode(200)
  @Post('transfer')
  transfer(@Auth() auth: AuthContext): ReturnType<typeof answers.transferred> {
    return answers.transferred(auth)
  }

  @RequireAuth(policies.payments)
  @Get('payments')
  payments(@Auth() auth: AuthContext): ReturnType<typeof answers.payments> {
    return answers.payments(auth)
  }
}
