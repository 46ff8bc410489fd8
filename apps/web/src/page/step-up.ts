import { AuthClientError } from '@acme/auth-client'
import type { AuthClient, StepUp, TokenSet } from '@acme/auth-client'

import { find } from './dom.js'

const CALLBACK = '/callback'
const TITLES: Readonly<Record<StepUp['cause'], string>> = {
  insufficient_scope: 'More rights are needed',
  insufficient_user_authentication: 'A stronger login is needed',
}

/** Asks the user, who presses a button: browsers open windows for no less. The page stays, and with it the call that waits. */
export async function authorizeInWindow(client: AuthClient, wanted: StepUp): Promise<TokenSet> {
  const popup = await openedByUser(wanted)
  try {
    const { url, stored } = await client.authorizationRequest({
      redirectUri: location.origin + CALLBACK,
      scopes: ['openid', 'offline_access', ...wanted.scopes],
      ...(wanted.acrValues.length > 0 && { acrValues: wanted.acrValues }),
      ...(wanted.maxAge !== undefined && { maxAge: wanted.maxAge }),
    })
    popup.location.replace(url)
    return await client.handleCallback(await callbackOf(popup), stored)
  } finally {
    popup.close()
  }
}

/** In the window: hands the URL that the issuer sent the user to on to the page. @returns whether this is that window */
export function handOnCallback(): boolean {
  const { opener, location } = window as { opener: Window | null; location: Location } // untyped in the DOM's types
  if (location.pathname !== CALLBACK || opener === null) return false
  opener.postMessage({ callback: location.href }, location.origin)
  return true
}

function openedByUser({ cause, scopes, acrValues, maxAge }: StepUp): Promise<Window> {
  const dialog = find('step-up', HTMLDialogElement)
  const wants = [
    cause === 'insufficient_scope' ? `the scopes ${scopes.join(' ')}` : '',
    acrValues.length > 0 ? `a login as ${acrValues.join(' or ')}` : '',
    maxAge === undefined ? '' : `a login of the last ${maxAge} seconds`,
  ].filter((text) => text !== '')
  find('step-up-title', HTMLElement).textContent = TITLES[cause]
  find('step-up-why', HTMLElement).textContent = `The API asks for ${wants.join(' and ')}.`
  return new Promise((resolve, reject) => {
    const end = new AbortController()
    const on = (target: EventTarget, type: string, decide: () => void): void => {
      const listen = (): void => {
        end.abort()
        dialog.close()
        decide()
      }
      target.addEventListener(type, listen, { signal: end.signal })
    }
    const refuse = (): void => reject(new AuthClientError('step_up_required', 'the user said no'))
    on(find('step-up-continue', HTMLButtonElement), 'click', () => {
      const popup = window.open('about:blank', '_blank', 'popup,width=480,height=640')
      if (popup === null) reject(new AuthClientError('step_up_required', 'the browser opened no window'))
      else resolve(popup)
    })
    on(find('step-up-cancel', HTMLButtonElement), 'click', refuse)
    // By the key Escape.
    on(dialog, 'cancel', refuse)
    dialog.showModal()
  })
}

/** What the window says when it is back; a message of any other window says nothing. */
function callbackOf(popup: Window): Promise<string> {
  return new Promise((resolve, reject) => {
    const end = new AbortController()
    const listen = ({ origin, source, data }: MessageEvent<unknown>): void => {
      if (origin !== location.origin || source !== popup || typeof data !== 'object' || data === null) return
      const { callback } = data as { callback?: unknown } // of an object
      if (typeof callback !== 'string') return
      end.abort()
      resolve(callback)
    }
    window.addEventListener('message', listen, { signal: end.signal })
    // No event tells of it.
    const timer = setInterval(() => {
      if (!popup.closed) return
      end.abort()
      reject(new AuthClientError('step_up_required', 'the window was closed'))
    }, 300)
    end.signal.addEventListener('abort', () => clearInterval(timer))
  })
}
