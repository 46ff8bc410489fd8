/** What an implementation has at hand, or has to wait for. */
export type MaybePromise<Value> = Value | Promise<Value>
