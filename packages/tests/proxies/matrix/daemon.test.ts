import { freePorts } from '@acme/tests-servers'
import { expect, it } from 'vitest'

import { startDaemon } from './support/daemon.js'

it('a program that is missing is told with the package to install', async () => {
  const ports = await freePorts(1)
  const started = startDaemon({ command: 'haproxy-is-not-here', args: [], debianPackage: 'haproxy', ports })
  await expect(started).rejects.toThrow('haproxy-is-not-here is not on the PATH: apt-get install haproxy')
})

it('a program that ends at once is told with its output', async () => {
  const ports = await freePorts(1)
  const args = ['-e', 'console.error("no such setting"); process.exitCode = 3']
  const started = startDaemon({ command: process.execPath, args, debianPackage: 'nodejs', ports })
  await expect(started).rejects.toThrow(/ended with 3\n.*no such setting/)
})
