import { configuration } from './configuration.js'

/** A configuration that is seen often, and what a client can do with it. */
export interface Mistake {
  readonly name: string
  readonly proxy: 'nginx' | 'HAProxy'
  readonly text: string
  /** How the client moves the URL to another host. */
  readonly by: 'X-Forwarded-Host' | 'Forwarded' | 'Host' | 'two names'
}

const TLS = `
  ssl_certificate     /etc/nginx/tls/api.example.com.pem;
  ssl_certificate_key /etc/nginx/tls/api.example.com.key;`

function nginxServer(lines: string): string {
  return `server {
  listen 443 ssl http2;
  server_name api.example.com;${TLS}
  location / {
    ${lines}
    proxy_pass http://127.0.0.1:3000;
  }
}`
}

function haproxyListen(lines: string): string {
  return `listen api
  mode http
  bind :::443 v4v6 ssl crt /etc/haproxy/tls/api.example.com.pem alpn h2,http/1.1
  http-request deny deny_status 421 unless { req.hdr(host),host_only api.example.com }
  ${lines}
  server app 127.0.0.1:3000
`
}

// Debian's /etc/nginx/proxy_params.
const PROXY_PARAMS = `
    proxy_set_header Host $host;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme;`

export const MISTAKES: readonly Mistake[] = [
  { name: 'nginx: proxy_pass alone', proxy: 'nginx', text: nginxServer(''), by: 'X-Forwarded-Host' },
  { name: "nginx: Debian's proxy_params", proxy: 'nginx', text: nginxServer(PROXY_PARAMS), by: 'X-Forwarded-Host' },
  { name: 'nginx: Forwarded left', proxy: 'nginx', text: nginxServer(PROXY_PARAMS), by: 'Forwarded' },
  {
    name: 'nginx: a header of its own in a location',
    proxy: 'nginx',
    text: configuration('nginx/api.conf').replace(
      'proxy_pass http',
      'proxy_set_header X-Real-IP $remote_addr;\n    proxy_pass http',
    ),
    by: 'X-Forwarded-Host',
  },
  {
    name: 'nginx: no server for other names',
    proxy: 'nginx',
    text: configuration('nginx/api.conf').replace(/^# Any other name.*/ms, ''),
    by: 'Host',
  },
  {
    name: 'nginx: $http_host',
    proxy: 'nginx',
    text: nginxServer(`
    proxy_set_header X-Forwarded-Host $http_host;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-For $remote_addr;`),
    by: 'two names',
  },
  {
    name: 'HAProxy: option forwardfor alone',
    proxy: 'HAProxy',
    text: haproxyListen('option forwardfor\n  http-request set-header X-Forwarded-Proto https'),
    by: 'X-Forwarded-Host',
  },
  {
    name: 'HAProxy: Forwarded left',
    proxy: 'HAProxy',
    text: haproxyListen(`option forwardfor
  http-request set-header X-Forwarded-Proto https
  http-request del-header X-Forwarded-Host`),
    by: 'Forwarded',
  },
]

/** They put `/api` before the path: the API cannot know which path the client addressed. */
export const PREFIX_ADDING = {
  nginx: configuration('nginx/api.conf').replace('127.0.0.1:3000;', '127.0.0.1:3000/api/;'),
  HAProxy: configuration('haproxy/api.cfg').replace('  server', '  http-request set-path /api%[path]\n\n  server'),
}

/** They append to what the client sent, as proxies in a row do. */
export const APPENDS = {
  nginx: configuration('nginx/api.conf').replace(
    'include /etc/nginx/forwarded-headers.conf;',
    `proxy_set_header X-Forwarded-For   $proxy_add_x_forwarded_for;
  proxy_set_header X-Forwarded-Host  "$http_x_forwarded_host,$host:$server_port";
  proxy_set_header X-Forwarded-Proto "$http_x_forwarded_proto,$scheme";`,
  ),
  HAProxy: configuration('haproxy/api.cfg')
    .replaceAll(/set-header (X-Forwarded-\w+) /g, 'add-header $1 ')
    .replaceAll(/^.*del-header.*\n/gm, ''),
}
