/** Of an error of the connection what there is to say, without anything that came over it; undefined for other errors. */
export function connectionFault(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { code } = error as NodeJS.ErrnoException // may have one
  if (typeof code === 'string' && code !== 'ABORT_ERR') return code
  if (error.message.startsWith('not an HTTP response')) return 'what came is no HTTP response'
  return error.message.startsWith('no response within') ? error.message : undefined
}
