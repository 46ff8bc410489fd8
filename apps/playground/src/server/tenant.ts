/** What the local tenant does for tests, beside what an issuer does. */
export interface TestTenant {
  secretOf(client: string): string
  /** An access token of these claims, right or wrong. */
  sign(claims: object): Promise<string>
}

/** @throws when the issuer is no local tenant */
export async function openTestTenant(issuer: string): Promise<TestTenant> {
  const { clients } = await answerTo<{ clients: readonly { id: string; secret: string }[] }>(issuer, 'clients')
  return {
    secretOf(client) {
      const found = clients.find(({ id }) => id === client)
      if (found === undefined) throw new Error(`the tenant has no client ${client}`)
      return found.secret
    },
    async sign(claims) {
      const { token } = await answerTo<{ token: string }>(issuer, 'sign', claims)
      return token
    },
  }
}

async function answerTo<Answer>(issuer: string, what: string, content?: object): Promise<Answer> {
  const init = content === undefined ? {} : { method: 'POST', body: JSON.stringify(content) }
  const response = await fetch(new URL(`tenant/${what}`, issuer), init)
  if (!response.ok) throw new Error(`the tenant answered ${response.status} to ${what}: want one of apps/tenant`)
  return (await response.json()) as Answer // of our own tenant
}
