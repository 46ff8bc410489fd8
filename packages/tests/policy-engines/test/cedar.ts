import { policyEngine } from '@acme/auth-core'
import type { Authorize } from '@acme/auth-core'
import { isAuthorized } from '@cedar-policy/cedar-wasm/nodejs'

const POLICIES = `
permit (principal, action == Action::"GET", resource)
when { principal.roles.contains("reader") };

permit (principal, action, resource)
when { principal.roles.contains("editor") && context.mfa };

forbid (principal, action, resource == Path::"/secret");
`

/** Cedar, compiled to WebAssembly, in this process. */
export const cedar: Authorize = policyEngine({
  query: ({ subject = '', roles, claims }, { method, path }) => ({
    principal: { type: 'User', id: subject },
    roles,
    action: { type: 'Action', id: method },
    resource: { type: 'Path', id: path },
    context: { mfa: claims['acr'] === 'mfa' },
  }),
  decide: (queries) =>
    queries.map(({ principal, roles, action, resource, context }) => {
      const entities = [{ uid: principal, attrs: { roles: [...roles] }, parents: [] }]
      const policies = { staticPolicies: POLICIES }
      const answer = isAuthorized({ principal, action, resource, context, policies, entities })
      if (answer.type === 'failure') throw new Error(answer.errors.map(({ message }) => message).join('; '))
      return answer.response.decision === 'allow'
    }),
})
