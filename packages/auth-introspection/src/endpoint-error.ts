/** Why there is no answer that can be used. The message is fit for one log line, and holds nothing that was sent or received. */
export class EndpointError extends Error {
  override readonly name = 'EndpointError'

  /**
   * `rejected`: the endpoint works, but not for this token. `misconfigured`: it refuses the credentials of this API. `late`: it
   * did not answer in time. `failed`: anything else.
   */
  readonly kind: 'rejected' | 'misconfigured' | 'late' | 'failed'

  constructor(kind: EndpointError['kind'], message: string) {
    super(message)
    this.kind = kind
  }
}
