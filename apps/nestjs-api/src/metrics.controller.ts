import { Public } from '@acme/auth-nestjs'
import { NOT_CONFIGURED, reasons } from '@acme/sample-api'
import type { Metrics } from '@acme/sample-api'
import { Controller, Get, Inject, Req, Res } from '@nestjs/common'
import { HttpAdapterHost } from '@nestjs/core'

import { DOCUMENTED } from './documents.controller.js'
import type { Documented } from './documents.controller.js'
import { rawRequest, takeResponse } from './raw.js'
import type { PlatformRequest, PlatformResponse } from './raw.js'

/** For Prometheus, whose exporter answers on Node's request and response. */
@Controller()
export class MetricsController {
  readonly #metrics: Metrics | undefined
  readonly #host: HttpAdapterHost

  constructor(@Inject(DOCUMENTED) { settings }: Documented, @Inject(HttpAdapterHost) host: HttpAdapterHost) {
    this.#metrics = settings.metrics
    this.#host = host
  }

  @Public(reasons.metrics)
  @Get('metrics')
  metrics(@Req() request: PlatformRequest, @Res() response: PlatformResponse): void {
    if (this.#metrics === undefined) this.#host.httpAdapter.reply(response, NOT_CONFIGURED, 501)
    else this.#metrics.answer(rawRequest(request), takeResponse(response))
  }
}
