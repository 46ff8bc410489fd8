import type { Moment } from '../timeline.js'
import { fill, h, hint } from './dom.js'

export function showTimeline(moments: readonly Moment[]): void {
  if (moments.length === 0) return fill('timeline', h('li', {}, hint('Log in and send: every step is measured here.')))
  fill('timeline', ...moments.map(momentLine))
}

function momentLine({ label, answer, isGood, ms, bar }: Moment): HTMLElement {
  const shown = h('span', { class: bar === undefined ? 'bar waiting' : isGood ? 'bar good' : 'bar bad' })
  // By the object model, which the policy of the page allows, unlike attributes.
  shown.style.setProperty('--from', String(bar?.from ?? 0))
  shown.style.setProperty('--width', String(bar?.width ?? 1))
  return h(
    'li',
    {},
    h('span', { class: 'what' }, label),
    h('span', { class: isGood ? 'said good' : 'said bad' }, answer),
    h('span', { class: 'number' }, ms >= 1000 ? `${(ms / 1000).toFixed(1)} s` : `${ms.toFixed(1)} ms`),
    h('span', { class: 'track', 'aria-hidden': 'true' }, shown),
  )
}
