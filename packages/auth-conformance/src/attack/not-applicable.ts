/** A case that says nothing of this API. */
export class NotApplicable extends Error {
  override readonly name = 'NotApplicable'
  /** Why, for whoever wonders; undefined for what is of the contract's own servers alone. */
  readonly reason: string | undefined

  constructor(reason?: string) {
    super(reason ?? 'of the contract')
    this.reason = reason
  }
}
