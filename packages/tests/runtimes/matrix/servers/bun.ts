import { createApp } from './app.ts'

/** What is used of Bun. */
declare const Bun: {
  serve(options: { port: number; hostname: string; fetch: (request: Request, server: object) => unknown }): {
    port: number
  }
}

const app = createApp(String(process.argv[2]))
const { port } = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: app.fetch })
process.stdout.write(`listening on http://127.0.0.1:${port}\n`)
process.stdin.resume().on('end', () => process.exit())
