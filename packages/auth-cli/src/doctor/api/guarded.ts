import type { HttpAnswer } from '../../http.js'
import { findingsOf } from '../finding.js'
import type { Finding, Why } from '../finding.js'

const { pass, fail, warn } = findingsOf('api')

/** What answers a request without a token: RFC 6750 §3 wants a 401 of the guard. */
export function checkGuarded(url: string, answer: HttpAnswer): Finding {
  const { status, body } = answer
  const evidence = `GET ${url} without a token: ${status}${isPage(answer) ? `, a page${titleOf(body)}` : ''}`
  if (status === 401) return pass('guarded', 'the API refuses requests without a token', evidence)
  const failed = (says: string, why: Omit<Why, 'evidence'>): Finding => fail('guarded', says, { evidence, ...why })
  if (status >= 200 && status < 300) return isPage(answer) ? failed(...PAGE) : failed(...UNGUARDED)
  if (status >= 300 && status < 400) return redirect(url, answer)
  if (status >= 500) return failed(...ofFault(answer))
  if (status === 404) return failed(...(isPage(answer) ? NO_API : NO_ROUTE))
  // nginx answers so, and others.
  if (status === 400 && url.startsWith('http:') && /plain HTTP request was sent to HTTPS port/i.test(body)) {
    return failed('the API speaks TLS at this port', {
      cause: 'plain http was sent to a port for https',
      fix: `give clients, and --api, ${url.replace('http:', 'https:')}`,
    })
  }
  if (status === 429)
    return warn('guarded', 'the API limits the rate before it looks at a token', {
      evidence,
      fix: 'run doctor again later, or from an address that may call more often',
    })
  if (status === 407 || status === 511)
    return failed('a network in between wants a login', { fix: 'log in to the network, or set its proxy' })
  const why = {
    cause: `${status} without credentials, where RFC 6750 §3 has 401`,
    evidence,
    fix: 'see what answers before the guard: a gateway, a firewall, another middleware',
  }
  return warn('guarded', 'the answer without a token is unusual', why)
}

type Failure = readonly [says: string, why: Omit<Why, 'evidence'>]

const UNGUARDED: Failure = [
  'the route answers without a token: it is not guarded',
  {
    cause: 'the guard stands behind the route, on another path, or is missing; or the route is public on purpose',
    fix: 'put the guard in front of the route (acme-auth routes shows what each route has), or give --api a guarded one',
  },
]

const PAGE: Failure = [
  'a page answers, and no API',
  {
    cause: 'a web server that answers every path with its index.html, a captive portal, or another host',
    fix: 'give --api the URL of the API; or let the web server hand its path on to the API (nginx: location /api/ with proxy_pass)',
  },
]

const NO_ROUTE: Failure = [
  'there is no such route',
  {
    cause: 'the API has no such path; or a guard with a pattern does not meet it',
    fix: 'give --api the URL of a guarded route that answers GET',
  },
]

const NO_API: Failure = [
  'there is no such route',
  {
    cause: 'the page of a web server or framework answers, and no guard',
    fix: 'give --api the URL of a guarded route that answers GET, with the path that proxies in front add',
  },
]

function ofFault(answer: HttpAnswer): Failure {
  const isGateway = [502, 504].includes(answer.status) || (answer.status === 503 && isPage(answer))
  if (isGateway) {
    const cause = 'the proxy in front reaches no API: it is down, starts, or listens elsewhere'
    return [
      'the gateway has no API behind it',
      { cause, fix: 'start the API, and mend host and port of the upstream (nginx: proxy_pass)' },
    ]
  }
  if (answer.status === 511)
    return ['a network in between wants a login', { fix: 'log in to the network, or leave it out' }]
  const fix =
    'see its log: before a token is looked at, something is wrong; a middleware in front of the guard, or its settings'
  return ['the API, or the proxy before it, fails', { cause: `${answer.status} without a token`, fix }]
}

function redirect(url: string, { status, headers }: HttpAnswer): Finding {
  const location = headers['location'] ?? ''
  const evidence = `GET ${url} without a token: ${status}, Location: ${location}`
  const target = URL.canParse(location, url) ? new URL(location, url) : undefined
  const from = new URL(url)
  if (target !== undefined && isLogin(target)) {
    return fail('guarded', 'a login page answers in place of the API', {
      cause:
        'a login with cookies stands in front of the guard: a gateway such as oauth2-proxy, or a session middleware',
      evidence,
      fix: 'let it leave out the paths of the API (oauth2-proxy: --skip-auth-route), or answer them with 401 in place of a redirect',
    })
  }
  const isUpgrade = target !== undefined && target.protocol === 'https:' && from.protocol === 'http:'
  if (isUpgrade && target.hostname === from.hostname) {
    return fail('guarded', 'the API redirects to https', {
      cause: 'clients that call it by http have sent their token in the clear, and drop it at the redirect',
      evidence,
      fix: `give clients, and --api, ${target.origin}${from.pathname}`,
    })
  }
  return fail('guarded', 'the API redirects', {
    cause: 'clients drop the token when they are sent elsewhere',
    evidence,
    fix: `give clients, and --api, the URL that it redirects to${target === undefined ? '' : `: ${target.origin}${target.pathname}`}`,
  })
}

function isLogin({ pathname, searchParams }: URL): boolean {
  const asksForCode =
    searchParams.has('response_type') || searchParams.has('client_id') || searchParams.has('SAMLRequest')
  return asksForCode || /(?:^|\/)(?:log-?in|sign-?in|authorize|oauth2?|sso|saml2?)(?:[/.]|$)/i.test(pathname)
}

function isPage({ headers, body }: HttpAnswer): boolean {
  return /^text\/html\b/i.test(headers['content-type'] ?? '') || /^\s*<(?:!doctype html|html)\b/i.test(body)
}

function titleOf(body: string): string {
  const [, title] = /<title[^>]*>([^<]{1,80})/i.exec(body) ?? []
  return title === undefined ? '' : ` with the title ${JSON.stringify(title.trim())}`
}
