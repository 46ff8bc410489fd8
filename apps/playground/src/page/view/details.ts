import { inWords } from '../challenge.js'
import { abbreviated, decode } from '../decode.js'
import { valueOf } from '../exchange.js'
import type { Step } from '../exchange.js'
import type { Header } from '../../wire.js'
import { pill } from './answers.js'
import { claimList } from './credentials.js'
import { fill, h, hint } from './dom.js'

const NOTHING = 'Nothing was sent yet.'
const INTERESTING = ['www-authenticate', 'dpop-nonce', 'retry-after', 'cache-control', 'content-type', 'x-request-id']

/** @param accessToken - the good one: how another differs is marked */
export function showRequest(step: Step | undefined, accessToken: string | undefined): void {
  if (step === undefined) return fill('request', hint(NOTHING))
  const { method, url, headers } = step
  fill(
    'request',
    h('p', { class: 'wire' }, h('b', {}, method), ` ${url}`),
    ...headers.flatMap((header) => headerLines(header, accessToken)),
    ...(headers.length === 0 ? [hint('No credentials.')] : []),
  )
}

function headerLines([name, value]: Header, accessToken: string | undefined): HTMLElement[] {
  const [scheme = '', token] = name === 'Authorization' ? value.split(' ') : ['', value]
  const shown = token === undefined ? value : `${scheme} ${abbreviated(token)}`.trim()
  const line = h('p', { class: 'wire' }, h('b', {}, `${name}: `), shown)
  const decoded = decode(token ?? '')
  if (decoded === undefined) return [line]
  const what = name === 'DPoP' ? 'The proof, decoded' : 'The token, decoded'
  const usual = name === 'DPoP' ? undefined : decode(accessToken ?? '')?.claims
  return [
    line,
    h(
      'details',
      { open: isWide() },
      h('summary', {}, what),
      claimList(decoded.header),
      h('hr'),
      claimList(decoded.claims, usual),
    ),
  ]
}

/** Where there is room, everything is shown. */
function isWide(): string | undefined {
  return matchMedia('(width >= 75rem)').matches ? '' : undefined
}

export function showAnswer(step: Step | undefined): void {
  if (step === undefined) return fill('answer', hint(NOTHING))
  const { answer } = step
  const headers = answer.headers.filter(([name]) => INTERESTING.includes(name))
  const challenges = inWords(valueOf(answer, 'www-authenticate'))
  fill(
    'answer',
    h('p', { class: 'wire' }, pill(String(answer.status)), ` in ${answer.ms.toFixed(1)} ms`),
    ...challenges.map(({ scheme, error, sentences }) =>
      h(
        'div',
        { class: error === undefined ? 'challenge' : 'challenge failing' },
        h('b', {}, scheme),
        ...sentences.map((text) => h('p', {}, text)),
      ),
    ),
    ...headers.map(([name, value]) => h('p', { class: 'wire' }, h('b', {}, `${name}: `), value)),
    h('pre', {}, pretty(answer.body)),
  )
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), undefined, 2)
  } catch {
    return body
  }
}

/** The requests of an exchange, to choose one of. */
export function showSteps(steps: readonly Step[], chosen: number, onSelect: (index: number) => void): void {
  const buttons = steps.map(({ label, answer }, index) => {
    const pressed = String(index === chosen)
    const button = h('button', { type: 'button', class: 'quiet small', 'aria-pressed': pressed, title: label })
    button.append(`${index + 1} · ${answer.status}`, h('span', { class: 'unseen' }, ` ${label}`))
    button.addEventListener('click', () => onSelect(index))
    return button
  })
  fill('steps', ...(buttons.length > 1 ? buttons : []))
}

/** Without making them anew, which would take the focus away. */
export function showChosenStep(chosen: number): void {
  const buttons = document.querySelectorAll('#steps button')
  for (const [index, button] of buttons.entries()) button.setAttribute('aria-pressed', String(index === chosen))
}
