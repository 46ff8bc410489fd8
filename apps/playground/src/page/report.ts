import { isAuthClientError } from '@acme/auth-client'

import { find } from './view/dom.js'

/** Does something, and shows what goes wrong with it. */
export async function reported(work: () => Promise<void>): Promise<void> {
  showProblem(undefined)
  try {
    await work()
  } catch (error) {
    showProblem(messageOf(error))
  }
}

function showProblem(text: string | undefined): void {
  const problem = find('problem', HTMLElement)
  problem.hidden = text === undefined
  problem.textContent = text ?? ''
}

function messageOf(error: unknown): string {
  if (isAuthClientError(error)) return `${error.code}: ${error.message}`
  return error instanceof Error ? error.message : String(error)
}
