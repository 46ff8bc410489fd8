import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { Server } from 'node:net'

// Below the ports that Linux gives to outgoing connections (32768 and up): one of those may be in use again by the
// time a server is started, or started again, on it.
const LOWEST = 10_000
const COUNT = 11_000

/**
 * A port of 127.0.0.1 and ::1 that nobody listens on, and that no other test takes as long as this process lives: for
 * each port there is another, 11,000 above, and who listens on that one has both.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, LOWEST + COUNT)
    const claim = await listen(port + COUNT, '127.0.0.1')
    if (claim === undefined) continue
    claim.unref()
    if ((await isFree(port, '127.0.0.1')) && (await isFree(port, '::1'))) return port
    claim.close()
  }
}

/** Whether somebody listens on a port of this machine. */
export function accepts(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host)
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

/** So many of them. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  while (ports.length < count) ports.push(await freePort())
  return ports
}

async function isFree(port: number, host: string): Promise<boolean> {
  const server = await listen(port, host)
  if (server === undefined) return false
  if (server.listening) await once(server.close(), 'close')
  return true
}

/** Undefined when somebody listens there already; a server that does not listen on a machine without such an address. */
async function listen(port: number, host: string): Promise<Server | undefined> {
  const server = createServer().listen({ port, host, exclusive: true })
  try {
    await once(server, 'listening')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return undefined
  }
  return server
}
