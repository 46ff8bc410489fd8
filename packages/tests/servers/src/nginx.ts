import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { accepts, freePort } from './ports.js'
import { eventually, startProgram } from './program.js'

/** An nginx of the test's own, on 127.0.0.1. */
export interface Nginx {
  readonly port: number
  readonly origin: string
  close(): Promise<void>
}

/** Starts nginx in front of servers that take turns. @throws when nginx is not installed, or does not start */
export async function startNginx(upstreams: readonly number[]): Promise<Nginx> {
  const port = await freePort()
  const dir = await mkdtemp(join(tmpdir(), 'nginx-'))
  const file = join(dir, 'nginx.conf')
  await writeFile(file, configuration(dir, port, upstreams))
  const program = startProgram('nginx', ['-e', 'stderr', '-c', file])
  let over = false
  void program.ended.then(() => (over = true))
  await eventually('an nginx that listens', async () => {
    if (over) throw new Error(`nginx ended: ${program.output()}`)
    return accepts(port)
  })
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    async close() {
      // Its workers go with it, which they would not at SIGKILL.
      program.signal('SIGTERM')
      await program.ended
      await rm(dir, { recursive: true, force: true })
    },
  }
}

function configuration(dir: string, port: number, upstreams: readonly number[]): string {
  return `
daemon off;
worker_processes 1;
pid ${dir}/nginx.pid;
error_log stderr error;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${dir}/body;
  proxy_temp_path ${dir}/proxy;
  fastcgi_temp_path ${dir}/fastcgi;
  uwsgi_temp_path ${dir}/uwsgi;
  scgi_temp_path ${dir}/scgi;
  upstream api {
    # Round robin, one request each; a server that answers is never left out.
    ${upstreams.map((upstream) => `server 127.0.0.1:${upstream} max_fails=0;`).join('\n    ')}
    keepalive 64;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://api;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Forwarded-Proto $scheme;
      # The same request must not reach two servers: its proof is spent at the first.
      proxy_next_upstream off;
    }
  }
}
`
}
