import { attack, demandedBy, honest } from './case.js'
import type { ContractCase } from './contract.js'
import { accepted } from './expectations.js'
import type { Expected } from './expectations.js'
import {
  accessDenied,
  loginInsufficient,
  missingActor,
  missingClaim,
  missingDetails,
  missingScope,
} from './refusals.js'

const withScopes = (...scopes: string[]): Expected => accepted({ sub: 'user-1', scheme: 'Bearer', scopes })
const acting = (...subjects: string[]): object | undefined => {
  const [sub, ...before] = subjects
  return sub === undefined ? undefined : { sub, ...(before.length > 0 && { act: acting(...before) }) }
}
const payment = { type: 'payment_initiation', actions: ['initiate'] }

/** What a route requires beyond scopes and permissions. */
export const moreRequirementCases: readonly ContractCase[] = [
  ...demandedBy('RFC 9470 §3', [
    honest(
      'a login that is too weak, and no scope: one challenge names both',
      loginInsufficient({ parameters: ', acr_values="urn:example:mfa", scope="read:messages"' }),
      (c) => c.bearer({}, '/step-up-and-scope'),
    ),
    honest(
      'a login that is too weak, with the scope',
      loginInsufficient({ parameters: ', acr_values="urn:example:mfa"' }),
      (c) => c.bearer({ scope: 'read:messages' }, '/step-up-and-scope'),
    ),
  ]),
  honest('the first of two alternatives', withScopes('read:messages'), (c) =>
    c.bearer({ scope: 'read:messages' }, '/alternatives'),
  ),
  honest('the second of two alternatives', withScopes(), (c) =>
    c.bearer({ claims: { roles: ['admin'] } }, '/alternatives'),
  ),
  honest(
    'none of two alternatives: the challenge names the one that a client can mend',
    missingScope({ parameters: ', scope="read:messages"' }),
    (c) => c.bearer({ claims: { roles: ['reader'] } }, '/alternatives'),
  ),
  honest('what is not excluded', withScopes(), (c) => c.bearer({ claims: { roles: ['admin'] } }, '/excluded')),
  attack('what is excluded', accessDenied(), (c) =>
    c.bearer({ claims: { roles: ['admin', 'suspended'] } }, '/excluded'),
  ),

  // RFC 9396 §9.1 says what is in a token, and leaves open how its lack is refused.
  honest('authorization details of the type', withScopes(), (c) =>
    c.bearer({ claims: { authorization_details: [{ type: 'account_information' }, payment] } }, '/payments'),
  ),
  honest('no authorization details', missingDetails(), (c) => c.bearer({}, '/payments')),
  honest('authorization details of another type', missingDetails(), (c) =>
    c.bearer({ claims: { authorization_details: [{ type: 'payment_initiation_v2' }] } }, '/payments'),
  ),
  attack('authorization details that are no list', missingDetails(), (c) =>
    c.bearer({ claims: { authorization_details: payment } }, '/payments'),
  ),
  attack('authorization details as text', missingDetails(), (c) =>
    c.bearer({ claims: { authorization_details: ['payment_initiation'] } }, '/payments'),
  ),
  attack('the type as a list', missingDetails(), (c) =>
    c.bearer({ claims: { authorization_details: [{ type: ['payment_initiation'] }] } }, '/payments'),
  ),

  // RFC 8693 §4.1 says what is in a token, and leaves open how its lack is refused.
  honest('the actor', withScopes(), (c) => c.bearer({ claims: { act: acting('client-1') } }, '/acting')),
  honest('no actor', missingActor(), (c) => c.bearer({}, '/acting')),
  attack('an actor before, which counts for nothing', missingActor(), (c) =>
    c.bearer({ claims: { act: acting('client-2', 'client-1') } }, '/acting'),
  ),
  attack('a chain that is too long', missingActor(), (c) =>
    c.bearer({ claims: { act: acting('client-1', 'client-2') } }, '/acting'),
  ),
  attack('an actor as text', missingActor(), (c) => c.bearer({ claims: { act: 'client-1' } }, '/acting')),
  attack('a delegated token where none may be', missingActor(), (c) =>
    c.bearer({ claims: { act: acting('client-1') } }, '/undelegated'),
  ),
  attack('a malformed actor where none may be', missingActor(), (c) =>
    c.bearer({ claims: { act: [] } }, '/undelegated'),
  ),

  honest('a claim at its path', withScopes(), (c) => c.bearer({ claims: { org: { id: 'org_1' } } }, '/nested-claim')),
  attack('the path as a name', missingClaim(), (c) => c.bearer({ claims: { 'org.id': 'org_1' } }, '/nested-claim')),
  attack('the path in a list', missingClaim(), (c) =>
    c.bearer({ claims: { org: [{ id: 'org_1' }] } }, '/nested-claim'),
  ),
  attack('a role for an alternative by its scope', missingScope({ parameters: ', scope="read:messages"' }), (c) =>
    c.bearer({ scope: 'admin' }, '/alternatives'),
  ),
]
