import type { IncomingMessage, ServerResponse } from 'node:http'
import { interactionPolicy } from 'oidc-provider'
import type { Configuration, KoaContextWithOIDC, Provider } from 'oidc-provider'
import { apis, findClientDefinition } from './clients.js'
import { findApi } from './grants.js'

export const loginPrefix = '/login/'

/** How the tenant lets users in: whoever gives a name is that user. For this machine only, as all of the tenant is. */
export const loginConfiguration: Pick<Configuration, 'interactions' | 'findAccount' | 'loadExistingGrant'> = {
  interactions: { url: (_ctx, { uid }) => `${loginPrefix}${uid}`, policy: loginPolicy() },
  findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
  loadExistingGrant: grantAll,
}

/** Whoever asks for a stronger login (RFC 9470 §4) than the user has gets the page of the login. */
function loginPolicy(): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base()
  const stronger = new interactionPolicy.Check(
    'acr_values',
    'a stronger login is asked for',
    'login_required',
    ({ oidc }) => {
      const asked = oidc.params?.['acr_values']
      const wanted = typeof asked === 'string' ? asked.split(' ') : []
      if (oidc.result?.login !== undefined || wanted.length === 0) return interactionPolicy.Check.NO_NEED_TO_PROMPT
      return !wanted.includes(oidc.session?.acr ?? '')
    },
  )
  policy.get('login')?.checks.add(stronger)
  return policy
}

/** Asks for no consent: a client gets what it is defined to get. */
async function grantAll(ctx: KoaContextWithOIDC): Promise<InstanceType<Provider['Grant']> | undefined> {
  const { client, session, provider } = ctx.oidc
  if (client === undefined || session?.accountId === undefined) return undefined
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
  grant.addOIDCScope('openid offline_access')
  const scopes = findClientDefinition(client.clientId)?.scopes ?? []
  const requested = findApi(ctx.oidc.params?.['resource'])
  for (const { audience } of [...apis, ...(requested ? [requested] : [])]) {
    grant.addResourceScope(audience, scopes.join(' '))
  }
  await grant.save()
  return grant
}

/** The page where the user logs in, and what becomes of it. */
export async function answerLogin(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'POST') {
    // Throws for a login that was not begun here.
    await provider.interactionDetails(request, response)
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(PAGE)
    return
  }
  const form = new URLSearchParams(await readForm(request))
  const name = form.get('name')?.trim() ?? ''
  if (!/^[\w.@-]{1,64}$/.test(name)) {
    response.writeHead(400, { 'content-type': 'text/plain; charset=utf-8' }).end('a name is letters and digits')
    return
  }
  // A native application has to be consented to each time, in the library's view (RFC 8252 §8.6).
  const strength = form.has('weak') ? { acr: PASSWORD, amr: ['pwd'] } : { acr: MFA, amr: ['mfa'] }
  const result = { login: { accountId: name, ...strength }, consent: {} }
  await provider.interactionFinished(request, response, result)
}

// What of a login API routes ask for (RFC 9470); here nobody checks anything.
const MFA = 'urn:example:mfa'
const PASSWORD = 'urn:example:pwd'

async function readForm(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) {
    text += String(chunk)
    if (text.length > 4096) return ''
  }
  return text
}

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Log in</title>
<link rel="icon" href="data:,">
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 22rem; margin: 15vh auto; padding: 0 1rem }
  :root { color-scheme: light dark }
  input, button { font: inherit; width: 100%; padding: .5rem; margin-top: .5rem; box-sizing: border-box }
  .choice { display: block; margin-top: .5rem }
  .choice input { width: auto; margin: 0 }
</style>
<h1>Local tenant</h1>
<form method="post">
  <label>Name <input name="name" value="ada" autofocus required></label>
  <label class="choice"><input type="checkbox" name="weak"> Without a second factor</label>
  <button>Log in</button>
</form>
<p>For demos and tests: nobody asks for a password.</p>
</html>
`
