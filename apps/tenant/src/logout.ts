import type { Configuration } from 'oidc-provider'

type Logout = NonNullable<NonNullable<Configuration['features']>['rpInitiatedLogout']>

/** The pages of a logout. A button is pressed, so that no link of another site logs the user out. */
export const logoutConfiguration: Logout = {
  enabled: true,
  logoutSource(ctx, form) {
    ctx.type = 'html'
    ctx.body = page(`${form}<button form="op.logoutForm" value="yes" name="logout" autofocus>Log out</button>`)
  },
  postLogoutSuccessSource(ctx) {
    ctx.type = 'html'
    ctx.body = page('<p>Logged out.</p>')
  },
}

function page(content: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Log out</title>
<h1>Local tenant</h1>
${content}
</html>
`
}
