import { Controller, Get } from '@nestjs/common'
import { Auth, Auth0Module, RequireAuth } from '../src/index.js'
import type { AuthContext } from '../src/index.js'
import { platforms, serve } from './serve.js'
import { describeFakeAuth } from '@acme/tests-adapters'

@Controller('read')
class ReadController {
  @Get()
  @RequireAuth('read')
  read(@Auth() auth: AuthContext): string | undefined {
    return auth.subject
  }
}

for (const platform of platforms) {
  const options = { domain: 'tenant.invalid', audience: 'https://api.test/' }
  describeFakeAuth(`Nest on ${platform}`, () =>
    serve(platform, { imports: [Auth0Module.forRoot(options)], controllers: [ReadController] }),
  )
}
