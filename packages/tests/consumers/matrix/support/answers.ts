import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

import { createProof, createTestKey, startTestIssuer } from '@acme/auth-testing'
import type { ListeningTestIssuer } from '@acme/auth-testing'

import { environment } from './run.js'

const audience = 'https://api.test/'

/** What each sample application answers, whatever made it. */
export const asItShould = {
  anonymous: '401 Bearer',
  garbage: '401 Bearer',
  'without the scope': '403 Bearer',
  'with the scope': { subject: 'user_1', organization: 'org_1' },
  'with a proof': { subject: 'user_1', organization: 'org_1' },
}

/** Asks a program, which listens at the URL that it prints, with settings from the environment. */
export async function answersOf(
  cwd: string,
  file: string,
  parameters: readonly string[],
): Promise<Record<string, unknown>> {
  const issuer = await startTestIssuer({ audience })
  const settings = { AUTH0_ISSUER: issuer.issuer, AUTH0_AUDIENCE: audience }
  const child = spawn(file, parameters, {
    cwd,
    env: { ...environment(), ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const complaints: Buffer[] = []
  child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk))
  const exited = once(child, 'close')
  try {
    const failed = exited.then(() => Promise.reject(new Error(Buffer.concat(complaints).toString())))
    const [url] = (await Promise.race([once(createInterface(child.stdout), 'line'), failed])) as [string] // its first line
    return await ask(issuer, (headers) => fetch(`${url}/items`, { headers }), `${url}/items`)
  } finally {
    child.kill()
    await exited
    await issuer.close()
  }
}

type Send = (headers: Record<string, string>) => Promise<Pick<Response, 'status' | 'headers' | 'json'>>

/** Asks an application with tokens of an issuer that it trusts. */
export async function ask(
  issuer: Pick<ListeningTestIssuer, 'accessToken'>,
  send: Send,
  url: string,
): Promise<Record<string, unknown>> {
  const granted = { scope: 'read:items', claims: { sub: 'user_1', org_id: 'org_1' } }
  const key = await createTestKey('ES256')
  const bound = await issuer.accessToken({ ...granted, jkt: key.thumbprint })
  const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })
  const answer = async (headers: Record<string, string>): Promise<unknown> => {
    const response = await send(headers)
    if (response.status === 200) return response.json()
    return `${response.status} ${response.headers.get('www-authenticate')?.split(' ')[0]}`
  }
  return {
    anonymous: await answer({}),
    garbage: await answer(bearer('garbage')),
    'without the scope': await answer(bearer(await issuer.accessToken({ ...granted, scope: 'write:items' }))),
    'with the scope': await answer(bearer(await issuer.accessToken(granted))),
    'with a proof': await answer({
      authorization: `DPoP ${bound}`,
      dpop: await createProof({ key, url, method: 'GET', accessToken: bound }),
    }),
  }
}
