/** A sample API. */
export interface Api {
  readonly name: string
  readonly origin: string
}

/** What the server of the page says. */
export interface Config {
  readonly issuer: string
  readonly audience: string
  readonly clientId: string
  /** Whether tokens are bound to a key of the page. */
  readonly dpop: boolean
  readonly apis: readonly Api[]
}

export async function loadConfig(): Promise<Config> {
  const response = await fetch('/config.json')
  return (await response.json()) as Config // of our own server
}
