import process from 'node:process'

import { createApp } from './app.ts'

/** What is used of Deno. */
declare const Deno: {
  serve(
    options: { port: number; hostname: string; onListen: (address: { port: number }) => void },
    handler: (request: Request, info: object) => unknown,
  ): unknown
}

const app = createApp(String(process.argv[2]))
const onListen = ({ port }: { port: number }): void => {
  process.stdout.write(`listening on http://127.0.0.1:${port}\n`)
}
Deno.serve({ port: 0, hostname: '127.0.0.1', onListen }, app.fetch)
process.stdin.resume().on('end', () => process.exit())
