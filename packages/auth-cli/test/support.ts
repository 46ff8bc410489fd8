import { PassThrough } from 'node:stream'

import { run } from '../src/run.js'

/** What a run of the command line left behind. */
export interface Ran {
  readonly code: 0 | 1 | 2
  readonly stdout: string
  readonly stderr: string
}

/** How it is run. */
export interface RunOptions {
  readonly environment?: NodeJS.ProcessEnv
  readonly stdin?: string
  readonly signal?: AbortSignal
}

/** Runs the command line in this process, with an environment of its own. */
export async function acmeAuth(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  stdin.end(options.stdin ?? '')
  const texts = [textOf(stdout), textOf(stderr)]
  const code = await run(args, {
    stdin,
    stdout,
    stderr,
    environment: { ...options.environment },
    ...(options.signal && { signal: options.signal }),
  })
  stdout.end()
  stderr.end()
  const [out = '', err = ''] = await Promise.all(texts)
  return { code, stdout: out, stderr: err }
}

/** The same with `--json`, and what it answered. */
export async function answerOf<Answer = Record<string, unknown>>(
  args: readonly string[],
  options?: RunOptions,
): Promise<Answer> {
  const { stdout } = await acmeAuth([...args, '--json'], options)
  return JSON.parse(stdout) as Answer // as the test says
}

async function textOf(stream: PassThrough): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return text
}
