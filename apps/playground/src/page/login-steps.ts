/** A step of the login, as it was measured. */
export interface LoginStep {
  readonly label: string
  /** Undefined where there was no answer to see. */
  readonly status: number | undefined
  readonly ms: number
}

const KEY = 'login steps'
const MOST = 10

/** Of the last login of this tab. */
export function loginSteps(): readonly LoginStep[] {
  const text = sessionStorage.getItem(KEY)
  return text === null ? [] : (JSON.parse(text) as LoginStep[]) // written below
}

/** The user is back. @param since - milliseconds since the epoch */
export function recordLogin(since: number): void {
  const ms = performance.timeOrigin - since
  store([{ label: 'Login at the tenant, until it sent you back', status: undefined, ms: Math.max(0, ms) }])
}

/** A fetch that notes how long token requests take, and how they are answered: a nonce may be wanted there, too. */
export const watchTokenRequests: typeof fetch = async (input, init) => {
  const startedAt = performance.now()
  const response = await fetch(input, init)
  const { method = 'GET', body } = init ?? {}
  if (method === 'POST' && (typeof body === 'string' || body instanceof URLSearchParams)) {
    const grant = new URLSearchParams(body).get('grant_type')
    if (grant !== null)
      note({ label: `Token request: ${grant}`, status: response.status, ms: performance.now() - startedAt })
  }
  return response
}

function note(step: LoginStep): void {
  store([...loginSteps(), step].slice(-MOST))
}

function store(steps: readonly LoginStep[]): void {
  sessionStorage.setItem(KEY, JSON.stringify(steps))
}
