import { Auth, Auth0Guard, RequireAuth } from '@acme/auth-nestjs'
import type { AuthContext } from '@acme/auth-nestjs'
import { mcp } from '@acme/sample-api'
import type { McpCall, ToolName } from '@acme/sample-api'
import {
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Inject,
  Injectable,
  Post,
  Req,
  Res,
  UseGuards,
} from '@nestjs/common'
import type { CanActivate, ExecutionContext } from '@nestjs/common'

import { rawRequest } from './raw.js'
import type { PlatformRequest } from './raw.js'

const calls = new WeakMap<object, McpCall>()

/** What each tool demands, for the guard: Nest routes nothing to them. */
class ToolRoutes implements Readonly<Record<ToolName, () => void>> {
  @RequireAuth(mcp.toolNeeds.list_messages)
  list_messages(): void {}

  @RequireAuth(mcp.toolNeeds.send_message)
  send_message(): void {}
}

/** Reads the call, and for a tool lets the guard judge by what the tool demands. */
@Injectable()
export class ToolGuard implements CanActivate {
  readonly #guard: Auth0Guard

  constructor(@Inject(Auth0Guard) guard: Auth0Guard) {
    this.#guard = guard
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<PlatformRequest>()
    const call = await mcp.readCall(rawRequest(request))
    calls.set(request, call)
    const tool = mcp.toolOf(call)
    return tool === undefined || this.#guard.canActivate(inPlaceOf(context, tool))
  }
}

function inPlaceOf(context: ExecutionContext, tool: ToolName): ExecutionContext {
  const handler = ToolRoutes.prototype[tool]
  return Object.assign(Object.create(context) as ExecutionContext, {
    getClass: () => ToolRoutes,
    getHandler: () => handler,
  }) // as: it inherits all of it
}

/** Any valid token, by the guard of the application, and for a tool what it needs. */
@Controller()
export class McpController {
  @UseGuards(ToolGuard)
  @HttpCode(200)
  @Post('mcp')
  call(
    @Req() request: object,
    @Auth() auth: AuthContext,
    @Res({ passthrough: true }) response: { status(code: number): unknown },
  ): object | undefined {
    const { status, body } = mcp.answerCall(calls.get(request) ?? 'no request', auth)
    response.status(status)
    return body
  }

  @HttpCode(mcp.otherMethod.status)
  @Header('allow', mcp.otherMethod.headers.allow)
  @Header('cache-control', mcp.otherMethod.headers['cache-control'])
  @Get('mcp')
  listen(): object {
    return mcp.otherMethod.body
  }

  @HttpCode(mcp.otherMethod.status)
  @Header('allow', mcp.otherMethod.headers.allow)
  @Header('cache-control', mcp.otherMethod.headers['cache-control'])
  @Delete('mcp')
  end(): object {
    return mcp.otherMethod.body
  }
}
