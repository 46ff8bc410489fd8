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

/** How nginx stands in front. */
export interface NginxOptions {
  /** Ends TLS with this certificate, as PEM. Then `origin` is that of `localhost`. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** In place of what hands on Host, X-Forwarded-Host and X-Forwarded-Proto: lines of the location. */
  readonly headers?: readonly string[]
  /** The path that is handed on, and what it becomes. @defaultValue all, as it is */
  readonly path?: readonly [prefix: string, becomes: string]
}

const HEADERS: readonly string[] = [
  'proxy_set_header Host $http_host;',
  'proxy_set_header X-Forwarded-Host $http_host;',
  'proxy_set_header X-Forwarded-Proto $scheme;',
]

/** Starts nginx in front of servers that take turns. @throws when nginx is not installed, or does not start */
export async function startNginx(upstreams: readonly number[], options: NginxOptions = {}): Promise<Nginx> {
  const port = await freePort()
  const dir = await mkdtemp(join(tmpdir(), 'nginx-'))
  const file = join(dir, 'nginx.conf')
  await writeFile(file, configuration(dir, port, upstreams, options))
  if (options.tls !== undefined) {
    await writeFile(join(dir, 'cert.pem'), options.tls.cert)
    await writeFile(join(dir, 'key.pem'), options.tls.key, { mode: 0o600 })
  }
  const program = startProgram('nginx', ['-e', 'stderr', '-c', file])
  let over = false
  void program.ended.then(() => (over = true))
  await eventually('an nginx that listens', async () => {
    if (over) throw new Error(`nginx ended: ${program.output()}`)
    return accepts(port)
  })
  return {
    port,
    origin: options.tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    async close() {
      // Its workers go with it, which they would not at SIGKILL.
      program.signal('SIGTERM')
      await program.ended
      await rm(dir, { recursive: true, force: true })
    },
  }
}

function configuration(
  dir: string,
  port: number,
  upstreams: readonly number[],
  { tls, headers = HEADERS, path: [prefix, becomes] = ['/', ''] }: NginxOptions,
): string {
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
    listen 127.0.0.1:${port}${tls === undefined ? '' : ' ssl'};
    ${tls === undefined ? '' : `ssl_certificate ${dir}/cert.pem;\n    ssl_certificate_key ${dir}/key.pem;`}
    location ${prefix} {
      proxy_pass http://api${becomes};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      ${headers.join('\n      ')}
      # The same request must not reach two servers: its proof is spent at the first.
      proxy_next_upstream off;
    }
  }
}
`
}
