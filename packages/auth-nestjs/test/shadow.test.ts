import { describeShadow } from '@acme/tests-adapters'
import { Controller, Get } from '@nestjs/common'

import { Auth0Module, RequireAuth, RESOURCE_SERVER } from '../src/index.js'
import { createApp, platforms } from './serve.js'

@Controller()
class RootController {
  @Get()
  @RequireAuth()
  done(): string {
    return 'done'
  }
}

@Controller('items')
class ItemsController {
  @Get(':id')
  @RequireAuth({ scopes: 'read', shadow: 'write' })
  done(): string {
    return 'done'
  }
}

for (const platform of platforms) {
  describeShadow(`Nest on ${platform}`, async ({ options }) => {
    const app = await createApp(platform, {
      imports: [Auth0Module.forRoot(options)],
      controllers: [RootController, ItemsController],
    })
    await app.listen(0, '127.0.0.1')
    return { port: Number(new URL(await app.getUrl()).port), resourceServer: app.get(RESOURCE_SERVER) }
  })
}
