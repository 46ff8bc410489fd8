import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { describe, expect, it } from 'vitest'

const execute = promisify(execFile)
const main = fileURLToPath(new URL('../dist/connections/main.js', import.meta.url))

describe('the soak of connections', () => {
  it('passes with a few, in a few seconds', async () => {
    const settings = ['--connections', '200', '--seconds', '8', '--lifetime', '10', '--restarts', '2', '--idle', '1000']
    // Its exit status is the verdict.
    const { stdout } = await execute(process.execPath, [main, ...settings])
    expect(stdout).toMatch(/closed 1008 AUTH_1001 .*\n.*closed 1008 AUTH_1018 /)
    for (const happened of ['renewed by token', 'renewed by ticket', 'Redis killed', 'Redis frozen']) {
      expect(stdout).toContain(happened)
    }
    expect(stdout).toMatch(/\n\npassed\n$/)
  })

  it('tells of arguments that it does not understand', async () => {
    const failed = await execute(process.execPath, [main, '--connections', 'many']).then(
      String,
      (error: unknown) => error,
    )
    expect(failed).toMatchObject({ code: 2, stderr: expect.stringContaining('--connections: got many') as unknown })
  })
})
