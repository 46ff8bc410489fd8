import { connect } from 'node:net'

// Answered last, so that where the reply ends can be seen without parsing it.
const TAIL = 'the-end'

/**
 * Sends one command to a Redis and gives its reply as text: for setting servers up, without any client library.
 * Errors are replies that start with `-`.
 *
 * @throws when there is no reply within 20 seconds
 */
export function sendCommand(port: number, ...command: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1').setEncoding('utf8')
    let text = ''
    socket.write(`${encode(command)}${encode(['PING', TAIL])}`)
    socket.setTimeout(20_000, () => socket.destroy(new Error(`no reply to ${command.join(' ')}`)))
    socket.on('data', (chunk) => {
      text += String(chunk)
      const [reply, rest] = text.split(/\r\n\$\d+\r\nthe-end\r\n$/)
      // While a server loads its file, every command gets this error.
      if (rest === undefined && !/^-LOADING.*\r\n/.test(text)) return
      socket.destroy()
      resolve(reply ?? '')
    })
    socket.on('error', reject)
    socket.on('close', () => reject(new Error(`closed before it replied to ${command.join(' ')}`)))
  })
}

function encode(command: readonly string[]): string {
  const parts = command.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`)
  return `*${command.length}\r\n${parts.join('')}`
}
