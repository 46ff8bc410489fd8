/** What is needed cannot be had now, which says nothing about what was sent. Fit for one log line, without secrets. */
export class Unavailable extends Error {
  override readonly name: string = 'Unavailable'
  /** Seconds. */
  readonly retryAfter: number

  constructor(message: string, retryAfter = 5) {
    super(message)
    this.retryAfter = retryAfter
  }
}

/** Asked too often. That is no sign of an outage: anybody can ask. */
export class TooSoon extends Unavailable {
  override readonly name: string = 'TooSoon'
}
