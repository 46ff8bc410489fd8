import { Public } from '@acme/auth-nestjs'
import { openApiPaths, secureOpenApi } from '@acme/auth-nestjs/openapi'
import { describeApi, docsFile, openApiOptions, reasons } from '@acme/sample-api'
import type { SampleDocument, SampleSettings } from '@acme/sample-api'
import { Controller, Get, Inject, NotFoundException, Param, StreamableFile } from '@nestjs/common'
import type { INestApplicationContext } from '@nestjs/common'

/** What the documents are made of. Given, since Nest injects no application. */
export interface Documented {
  readonly settings: SampleSettings
  readonly app: () => INestApplicationContext
}

export const DOCUMENTED: unique symbol = Symbol('documented')

/** `/openapi.json`, of the application as it runs, and Swagger UI. */
@Controller()
export class DocumentsController {
  readonly #documented: Documented

  constructor(@Inject(DOCUMENTED) documented: Documented) {
    this.#documented = documented
  }

  @Public(reasons.openApi)
  @Get('openapi.json')
  openApi(): SampleDocument {
    const { settings, app } = this.#documented
    return secureOpenApi(describeApi(openApiPaths(app())), app(), openApiOptions(settings))
  }

  @Public(reasons.docs)
  @Get(['docs', 'docs/:file'])
  docs(@Param('file') name?: string): StreamableFile {
    const file = docsFile(this.#documented.settings, name)
    if (file === undefined) throw new NotFoundException()
    return new StreamableFile(Buffer.from(file.content), { type: file.type })
  }
}
