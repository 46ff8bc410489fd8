import { isAuthClientError } from '@acme/auth-client'

import { describeToken, openAccount } from './account.js'
import type { Account } from './account.js'
import { ACTIONS, messageOf, Server } from './calls.js'
import type { Action, Answer } from './calls.js'
import { loadConfig } from './config.js'
import { find, made } from './dom.js'
import { openLive } from './live.js'
import type { Live } from './live.js'
import { handOnCallback } from './step-up.js'
import { openTabs } from './tabs.js'
import * as view from './view.js'

if (!handOnCallback()) await reported(start)

async function start(): Promise<void> {
  const config = await loadConfig()
  const account = await openAccount(config, (event) => {
    view.tell(view.describeEvent(event))
    if (event.type === 'session_ended') changed()
  })
  const servers = config.apis.map(
    (api) => new Server(api, account.session, (event) => view.tell(view.describeFetch(event))),
  )
  const live = openLive(account, servers)
  const tellTabs = openTabs(() => void show(account, live))

  function changed(): void {
    tellTabs()
    void show(account, live)
  }

  onClick(find('log-in', HTMLButtonElement), () => account.logIn())
  onClick(find('log-out', HTMLButtonElement), () => account.logOut(changed))
  for (const action of ACTIONS) {
    const button = made('button', action.label)
    button.type = 'button'
    find('actions', HTMLElement).append(button)
    onClick(button, async () => {
      account.mayAsk()
      const answers = await callAll(servers, action)
      if (answers.some(({ did }) => did.some((cause) => cause.startsWith('insufficient')))) changed()
      else await show(account, live)
    })
  }
  onClick(find('connect', HTMLButtonElement), () => live.connect())
  onClick(find('disconnect', HTMLButtonElement), async () => live.disconnect())
  onClick(find('end-sessions', HTMLButtonElement), () => live.logOutEverywhere(changed))
  onSay(async (text) => {
    if (await live.say(text)) changed()
  })
  await reported(async () => {
    if (await account.finishLogIn()) tellTabs()
  })
  await show(account, live)
}

async function show(account: Account, live: Live): Promise<void> {
  const { session } = account
  try {
    const subject = await session.subject()
    view.showUser(subject)
    live.showFor(subject)
    if (subject === undefined) return
    view.showToken({ ...describeToken(await session.getAccessToken()), key: await account.key() })
  } catch (error) {
    // Another tab, or the issuer, has ended the session meanwhile.
    if (isAuthClientError(error) && error.reason === 'login_required') {
      view.showUser(undefined)
      live.showFor(undefined)
    } else view.showProblem(messageOf(error))
  }
}

async function callAll(servers: readonly Server[], action: Action): Promise<readonly Answer[]> {
  view.showBusy(true)
  try {
    const answers = await Promise.all(servers.map((server) => server.call(action)))
    view.showAnswers(answers)
    return answers
  } finally {
    view.showBusy(false)
  }
}

/** One click at a time; what goes wrong is shown. */
function onClick(button: HTMLButtonElement, work: () => Promise<void>): void {
  let isRunning = false
  button.addEventListener('click', () => {
    if (isRunning || button.ariaDisabled === 'true') return
    isRunning = true
    void reported(work).finally(() => (isRunning = false))
  })
}

function onSay(say: (text: string) => Promise<void>): void {
  const field = find('text', HTMLInputElement)
  find('say', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault()
    const { value } = field
    field.value = ''
    void reported(() => say(value))
  })
}

async function reported(work: () => Promise<void>): Promise<void> {
  view.showProblem(undefined)
  try {
    await work()
  } catch (error) {
    view.showProblem(messageOf(error))
  }
}
