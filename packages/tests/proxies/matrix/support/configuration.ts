import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A file of `config/`, such as `nginx/api.conf`: what the guide shows. */
export function configuration(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../../config/${path}`, import.meta.url)), 'utf8')
}

/** What of a configuration is particular to this run. */
export interface Placement {
  /** Where it is to listen, on 127.0.0.1 and on ::1. */
  readonly port: number
  /** Where the API, or the next proxy, listens: `127.0.0.1:3000`. */
  readonly upstream: string
  /** Holds the `tls` folder, and `forwarded-headers.conf`. */
  readonly folder: string
  /** A name that no other section of the same process has. */
  readonly name: string
}

/** Puts ports, addresses and paths of this run in the place of those that the files have; nothing else changes. */
export function place(text: string, { port, upstream, folder, name }: Placement): string {
  return text
    .replaceAll('listen 443 ', `listen 127.0.0.1:${port} `)
    .replaceAll('listen [::]:443 ', `listen [::1]:${port} `)
    .replaceAll('listen 8080;', `listen 127.0.0.1:${port};`)
    .replaceAll('bind :::443 v4v6 ', `bind 127.0.0.1:${port},[::1]:${port} `)
    .replaceAll('bind :8080', `bind 127.0.0.1:${port}`)
    .replaceAll('127.0.0.1:3000', upstream)
    .replaceAll('10.0.0.2', '127.0.0.1')
    .replaceAll(/\/etc\/(?:nginx|haproxy)\//g, `${folder}/`)
    .replace(/^listen api$/m, `listen ${name}`)
}

/** The main file around them, for nginx. */
export function nginxMain(folder: string, parts: readonly string[]): string {
  const scratch = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr error;
events { worker_connections 1024; }
http {
  access_log off;
  ${scratch.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}

${parts.join('\n\n')}
}
`
}

/** The same for HAProxy; its part of Debian's own file. */
export function haproxyMain(parts: readonly string[]): string {
  return `defaults
  timeout connect 5s
  timeout client 30s
  timeout server 30s

${parts.join('\n\n')}
`
}
