import { errors } from 'oidc-provider'
import type { Provider, TokenEndpointGrantContext } from 'oidc-provider'
import {
  buildTokenResponse,
  checkDpopReplay,
  resolveRequestedResources,
  validateDpop,
} from 'oidc-provider/lib/helpers/grants.js'
import { setActor } from './actors.js'
import { assertionClaims, ownTokenClaims } from './presented-tokens.js'
import type { TrustedIssuer } from './presented-tokens.js'
import type { SigningKeys } from './signing-keys.js'

export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'

interface Settings {
  issuer: string
  trustedIssuers: readonly TrustedIssuer[]
}

/** For whom a token is wanted, and what it may have at most; undefined for all that the client may have. */
interface Wanted {
  subject: string
  scope: string | undefined
  issuedTokenType?: string
}

/** Adds token exchange (RFC 8693) and assertions as grants (RFC 7523), which the library does not have. */
export function addAssertionGrants(provider: Provider, { issuer, trustedIssuers }: Settings, keys: SigningKeys): void {
  const exchangeParameters = ['subject_token', 'subject_token_type', 'actor_token', 'actor_token_type']
  provider.registerGrantType(
    TOKEN_EXCHANGE,
    async (ctx) => {
      const verify = (role: string): Promise<Record<string, unknown>> =>
        ownTokenClaims(issuer, keys, accessTokenOf(ctx, role))
      await answer(provider, ctx, await exchange(ctx, verify))
    },
    [...exchangeParameters, 'requested_token_type', 'resource', 'scope'],
  )
  provider.registerGrantType(
    JWT_BEARER,
    async (ctx) => answer(provider, ctx, await redeem(provider, ctx, issuer, trustedIssuers)),
    ['assertion', 'resource', 'scope'],
  )
}

async function exchange(
  ctx: TokenEndpointGrantContext,
  verify: (role: string) => Promise<Record<string, unknown>>,
): Promise<Wanted> {
  const wantedType = ctx.oidc.params['requested_token_type'] ?? ACCESS_TOKEN
  if (wantedType !== ACCESS_TOKEN) throw new errors.InvalidRequest('the tenant exchanges for access tokens alone')
  const subject = await verify('subject_token')
  const { clientId } = ctx.oidc.client
  const actor = ctx.oidc.params['actor_token'] === undefined ? clientId : String((await verify('actor_token'))['sub'])
  // As at Auth0, the client acts for the subject of a token that was given to another. The chain is RFC 8693 §4.1.
  const isOwn = actor === clientId && subject['azp'] === clientId
  const { act, scope } = subject
  setActor(ctx, isOwn ? act : { sub: actor, ...(act !== undefined && { act }) })
  const had = typeof scope === 'string' ? scope : ''
  return { subject: String(subject['sub']), scope: had, issuedTokenType: ACCESS_TOKEN }
}

function accessTokenOf(ctx: TokenEndpointGrantContext, role: string): string {
  const token = ctx.oidc.params[role]
  const type = ctx.oidc.params[`${role}_type`]
  if (typeof token !== 'string' || type !== ACCESS_TOKEN) {
    throw new errors.InvalidRequest(`${role} is an access token, and ${role}_type says so`)
  }
  return token
}

async function redeem(
  provider: Provider,
  ctx: TokenEndpointGrantContext,
  issuer: string,
  trusted: readonly TrustedIssuer[],
): Promise<Wanted> {
  const { assertion } = ctx.oidc.params
  if (typeof assertion !== 'string') throw new errors.InvalidRequest('assertion is missing')
  const claims = await assertionClaims(issuer, trusted, assertion)
  // An ID-JAG names its client, and no other may redeem it.
  if (claims['client_id'] !== undefined && claims['client_id'] !== ctx.oidc.client.clientId) {
    throw new errors.InvalidGrant('the assertion is for another client')
  }
  const isNew = await provider.ReplayDetection.unique(String(claims.iss), String(claims.jti), Number(claims.exp))
  if (!isNew) throw new errors.InvalidGrant('the assertion was used before')
  return { subject: String(claims.sub), scope: typeof claims['scope'] === 'string' ? claims['scope'] : undefined }
}

async function answer(provider: Provider, ctx: TokenEndpointGrantContext, wanted: Wanted): Promise<void> {
  const proof = await validateDpop(provider, ctx)
  const [api, another] = await resolveRequestedResources(provider, ctx)
  if (api === undefined || another !== undefined) throw new errors.InvalidTarget('one API is named')
  await checkDpopReplay(provider, ctx, proof, ctx.oidc.client.clientId)
  const scope = narrowed(ctx.oidc.params.scope, wanted.scope, api.scope)
  const { client } = ctx.oidc
  const grantId = await savedGrant(provider, client.clientId, wanted.subject)
  const token = new provider.AccessToken({ accountId: wanted.subject, client, grantId, scope, gty: 'assertion' })
  token.resourceServer = api
  if (proof !== undefined) token.setThumbprint('jkt', proof.thumbprint)
  ctx.oidc.entity('AccessToken', token)
  ctx.body = buildTokenResponse(provider, {
    accessToken: await token.save(),
    expiresIn: token.expiration,
    scope,
    tokenType: token.tokenType,
    ...(wanted.issuedTokenType !== undefined && { issuedTokenType: wanted.issuedTokenType }),
  })
}

/** The library wants each token to belong to a grant. */
async function savedGrant(provider: Provider, clientId: string, accountId: string): Promise<string> {
  return new provider.Grant({ clientId, accountId }).save()
}

/** What is asked for, or else all: of what the presented token has and the client may have. @throws InvalidScope for more */
function narrowed(requested: unknown, presented: string | undefined, ofClient: string): string {
  const allowed = words(ofClient).filter((scope) => presented === undefined || words(presented).includes(scope))
  const wanted = words(requested)
  const refused = wanted.find((scope) => !allowed.includes(scope))
  if (refused !== undefined) throw new errors.InvalidScope('more than the presented token has', refused)
  return (wanted.length > 0 ? wanted : allowed).join(' ')
}

function words(text: unknown): string[] {
  return typeof text === 'string' ? text.split(' ').filter((word) => word !== '') : []
}
