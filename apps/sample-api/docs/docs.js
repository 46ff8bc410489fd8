// Swagger UI with a login by code and PKCE, and DPoP proofs (RFC 9449), which it does not make by itself.
const bind = document.querySelector('#dpop')
const { audience, clientId } = await (await fetch('/docs/client.json')).json()

// Not extractable: not even this page can read it.
const key = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', key.publicKey)
/** The last nonce of each origin: RFC 9449 §8.2. */
const nonces = new Map()

const ui = window.SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  oauth2RedirectUrl: new URL('/docs/oauth2-redirect.html', location.href).href,
  requestInterceptor: withProof,
  responseInterceptor: keepNonce,
})
// RFC 8707 §2; Auth0 calls it audience.
const api = { audience, resource: audience }
ui.initOAuth({ clientId, usePkceWithAuthorizationCodeGrant: true, additionalQueryStringParams: api })

/** The token request decides whether a token is bound; Swagger UI sends it with the scheme that the answer names. */
async function withProof(request) {
  const { origin, pathname } = new URL(request.url, location.href)
  const [scheme, token] = (request.headers?.Authorization ?? '').split(' ')
  const wanted = origin === location.origin ? scheme === 'DPoP' : bind.checked
  if (wanted) request.headers.DPoP = await proof(request.method ?? 'GET', origin + pathname, token)
  return request
}

function keepNonce(response) {
  const nonce = response.headers?.['dpop-nonce']
  if (nonce) nonces.set(new URL(response.url, location.href).origin, nonce)
  return response
}

async function proof(method, htu, token) {
  const claims = {
    jti: crypto.randomUUID(),
    htm: method.toUpperCase(),
    htu,
    iat: Math.floor(Date.now() / 1000),
    nonce: nonces.get(new URL(htu).origin),
    ...(token && { ath: base64url(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token))) }),
  }
  const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, crv, x, y } }
  const signed = [header, claims].map((part) => base64url(new TextEncoder().encode(JSON.stringify(part)))).join('.')
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
  return `${signed}.${base64url(await crypto.subtle.sign(algorithm, key.privateKey, new TextEncoder().encode(signed)))}`
}

function base64url(bytes) {
  const text = String.fromCharCode(...new Uint8Array(bytes))
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
