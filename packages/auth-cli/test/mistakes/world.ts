import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { createProof, createTestKey, startTestIssuer } from '@acme/auth-testing'
import type {
  AccessTokenOptions,
  ListeningTestIssuer,
  ListeningTestIssuerOptions,
  ProofOptions,
  TestKey,
} from '@acme/auth-testing'
import type { AuthOptions, ExpressAuth } from '@acme/auth-express'
import { startNginx, startRedis } from '@acme/tests-servers'
import type { Nginx, NginxOptions, RedisServer } from '@acme/tests-servers'
import type { Express } from 'express'
import { generate } from 'selfsigned'

import type { ToMend } from '../../src/mend.js'
import { listen, startApi } from '../apis.js'
import type { Running } from '../apis.js'
import { acmeAuth } from '../support.js'
import type { RequestListener } from 'node:http'

export const AUDIENCE = 'https://api.example.com'
/** The URL of the route in requests that are sent nowhere. */
export const PUBLIC = `${AUDIENCE}/me`
export const CLIENT = { AUTH0_CLIENT_ID: 'worker', AUTH0_CLIENT_SECRET: 'a-secret-of-the-client' }
export const ORIGIN = 'https://app.example.com'

const shim = fileURLToPath(new URL('../../bin/acme-auth.js', import.meta.url))

/** A certificate and its key, as PEM. */
export interface Certificate {
  readonly cert: string
  readonly key: string
  /** Of the certificate, for NODE_EXTRA_CA_CERTS. */
  readonly file: string
}

/** Where mistakes are made: an issuer, a key of a client, and what a mistake starts, which ends with it. */
export class World {
  readonly issuer: ListeningTestIssuer
  readonly folder: string
  readonly key: TestKey
  /** For the API. */
  readonly options: AuthOptions
  readonly certificate: Certificate
  readonly #open: { close(): unknown }[] = []

  private constructor(issuer: ListeningTestIssuer, folder: string, key: TestKey, certificate: Certificate) {
    this.issuer = issuer
    this.folder = folder
    this.key = key
    this.certificate = certificate
    this.options = { issuer: issuer.issuer, audience: AUDIENCE }
  }

  static async begin(): Promise<World> {
    const folder = await mkdtemp(join(tmpdir(), 'acme-cli-'))
    const issuer = await startTestIssuer({ audience: AUDIENCE })
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], { keySize: 2048 })
    const file = join(folder, 'ca.pem')
    await writeFile(file, cert)
    return new World(issuer, folder, await createTestKey('ES256'), { key, cert, file })
  }

  /** Ends what a mistake has started, and leaves the issuer as it was. */
  async mended(): Promise<void> {
    for (const one of this.#open.splice(0).toReversed()) await one.close()
    for (const endpoint of ['metadata', 'keys', 'token'] as const) this.issuer.fail(endpoint, undefined)
  }

  async end(): Promise<void> {
    await this.mended()
    await this.issuer.close()
    await rm(this.folder, { recursive: true })
  }

  /** Until the mistake is mended. */
  kept<Server extends { close(): unknown }>(server: Server): Server {
    this.#open.push(server)
    return server
  }

  /** The variables of an API with good settings. */
  environment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    return { AUTH0_ISSUER: this.issuer.issuer, AUTH0_AUDIENCE: AUDIENCE, ...more }
  }

  /** What a command says to mend first. */
  async run(args: readonly string[], more: NodeJS.ProcessEnv = {}, stdin = ''): Promise<ToMend | null> {
    return primaryIn(await acmeAuth([...args, '--json'], { environment: this.environment(more), stdin }))
  }

  /** The same of the program, in a process of its own: certificates of others are trusted from its start. */
  program(args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<ToMend | null> {
    const env = { PATH: process.env['PATH'], ...this.environment(more) }
    return new Promise((resolve, reject) => {
      const child = execFile(process.execPath, [shim, ...args, '--json'], { env }, (_, stdout, stderr) => {
        try {
          resolve(primaryIn({ code: child.exitCode, stdout, stderr }))
        } catch (error) {
          reject(error)
        }
      })
    })
  }

  doctor(more: NodeJS.ProcessEnv = {}, args: readonly string[] = []): Promise<ToMend | null> {
    return this.run(['doctor', ...args], more)
  }

  /** Of the deployed API at an origin, with tokens that doctor gets for it. */
  doctorOf({ origin }: { readonly origin: string }, args: readonly string[] = []): Promise<ToMend | null> {
    return this.doctor(CLIENT, ['--api', `${origin}/me`, ...args])
  }

  async inspect(token: string | AccessTokenOptions, args: readonly string[] = []): Promise<ToMend | null> {
    const text = typeof token === 'string' ? token : await this.issuer.accessToken(token)
    return this.run(['inspect', '-', ...args], {}, text)
  }

  /** A request with a token and, with `proof`, one that is good but for that. */
  async explain(
    token: string | AccessTokenOptions,
    args: readonly string[],
    proof?: Partial<ProofOptions>,
  ): Promise<ToMend | null> {
    const text = typeof token === 'string' ? token : await this.issuer.accessToken(token)
    const file = join(this.folder, 'proof.txt')
    if (proof !== undefined)
      await writeFile(file, await createProof({ key: this.key, url: PUBLIC, accessToken: text, ...proof }))
    const withProof = proof === undefined ? [] : ['--proof', `@${file}`]
    return this.run(['explain', '--url', PUBLIC, '--token', '-', ...args, ...withProof], {}, text)
  }

  /** A token that is bound to the key. */
  get bound(): AccessTokenOptions {
    return { jkt: this.key.thumbprint }
  }

  async api(options: Partial<AuthOptions> = {}, prepare?: (app: Express, auth: ExpressAuth) => void): Promise<Running> {
    return this.kept(await startApi({ ...this.options, ...options }, prepare))
  }

  async server(listener: RequestListener): Promise<Running> {
    return this.kept(await listen(listener))
  }

  async nginx(upstreams: readonly { readonly port: number }[], options?: NginxOptions): Promise<Nginx> {
    return this.kept(
      await startNginx(
        upstreams.map(({ port }) => port),
        options,
      ),
    )
  }

  async redis(settings?: readonly string[]): Promise<RedisServer> {
    return this.kept(await startRedis(settings))
  }

  async otherIssuer(options: ListeningTestIssuerOptions = {}): Promise<ListeningTestIssuer> {
    return this.kept(await startTestIssuer({ audience: AUDIENCE, ...options }))
  }
}

function primaryIn({ code, stdout, stderr }: { code: number | null; stdout: string; stderr: string }): ToMend | null {
  try {
    const { primary } = JSON.parse(stdout) as { primary?: ToMend | null } // as every command answers
    if (primary === undefined) throw new Error('no primary')
    return primary
  } catch (cause) {
    throw new Error(`exit code ${code}: ${stdout}${stderr}`, { cause })
  }
}
