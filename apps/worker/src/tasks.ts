/** What can be asked for. */
export type TaskName = 'process' | 'profile'

/** The scopes that whoever asks must have: the API checks them, and the worker again. */
export const TASKS: Readonly<Record<TaskName, readonly string[]>> = {
  /** The worker calls the API as itself. */
  process: ['write:messages'],
  /** The worker calls the API as the caller. */
  profile: ['read:messages'],
}
