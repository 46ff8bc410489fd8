import { openAccount } from './account.js'
import type { Account } from './account.js'
import { choiceFrom, hashOf, SERVERS, withRules } from './choice.js'
import type { Choice } from './choice.js'
import { curlOf } from './curl.js'
import type { Credentials } from './exchange.js'
import { loginSteps } from './login-steps.js'
import { reported } from './report.js'
import { differences, run, verdictOf } from './run.js'
import type { Run } from './run.js'
import { loadConfig, serversIn } from './server.js'
import { timelineOf } from './timeline.js'
import { refusalOf, usual } from './verdict.js'
import { bringIntoView, showAnswers, showSelected, showVerdict } from './view/answers.js'
import { showCredentials } from './view/credentials.js'
import { showAnswer, showChosenStep, showRequest, showSteps } from './view/details.js'
import { find } from './view/dom.js'
import { openForm, showChoice } from './view/form.js'
import { showTimeline } from './view/timeline.js'
import { showTrace } from './view/trace.js'
import type { Config } from '../wire.js'

/** The page: what is chosen, who is logged in, and what became of the last request. */
class Playground {
  readonly #config: Config
  readonly #account: Account
  #choice: Choice
  #credentials: (Credentials & { readonly subject: string }) | undefined
  #run: Run | undefined
  /** What that run was of. */
  #sent: Choice | undefined
  /** Of the steps of the server that is shown. */
  #step = 0
  #isBusy = false

  constructor(config: Config, account: Account) {
    this.#config = config
    this.#account = account
    this.#choice = choiceFrom(location.hash, config.routes)
  }

  async open(): Promise<void> {
    const { routes } = this.#config
    openForm(routes, (changed) => this.#choose({ ...this.#choice, ...changed }))
    window.addEventListener('hashchange', () => this.#choose(choiceFrom(location.hash, routes)))
    this.#listen()
    this.#choose(this.#choice)
    this.#showRun()
    await this.showUser()
  }

  async showUser(): Promise<void> {
    this.#credentials = await this.#account.credentials()
    const subject = this.#credentials?.subject
    find('log-in', HTMLElement).hidden = subject !== undefined
    find('log-out', HTMLElement).hidden = subject === undefined
    find('send', HTMLElement).textContent = subject === undefined ? 'Log in to send' : 'Send'
    await showCredentials(this.#credentials)
    find('who', HTMLElement).textContent = subject === undefined ? 'Nobody is logged in' : `Logged in as ${subject}`
    if (this.#run === undefined) this.#showRun()
  }

  #listen(): void {
    const on = (id: string, work: () => Promise<void>): void =>
      find(id, HTMLElement).addEventListener('click', () => void reported(work))
    on('log-in', () => this.#account.logIn())
    on('log-out', async () => {
      // The tokens are gone from here even where the tenant cannot be asked to revoke them.
      await this.#account.logOut().finally(() => this.#forget())
    })
    on('copy-link', () => copy(location.href, 'Link copied'))
    on('copy-curl', async () => {
      const step = this.#shown()?.steps[this.#step]
      if (step !== undefined) await copy(curlOf(step), 'Command copied')
    })
    const form = find('form', HTMLFormElement)
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      void reported(() => this.#send())
    })
    document.addEventListener('keydown', (event) => {
      const isInField = event.target instanceof HTMLSelectElement
      if (event.key !== 'Enter' || event.repeat || !(event.ctrlKey || event.metaKey || isInField)) return
      event.preventDefault()
      form.requestSubmit()
    })
  }

  #choose(choice: Choice): void {
    const { routes } = this.#config
    const { server, dpop, nonce } = this.#choice
    const isOtherServer = choice.server !== server
    this.#choice = withRules(choice, routes)
    const isOtherMode = this.#choice.dpop !== dpop || this.#choice.nonce !== nonce
    // They start while the rest is chosen; what goes wrong is told when something is sent.
    if (isOtherMode && this.#credentials !== undefined) serversIn(this.#choice).catch(() => undefined)
    showChoice(this.#choice, routes)
    history.replaceState(null, '', hashOf(this.#choice))
    if (isOtherServer) this.#showServer()
    if (!this.#isBusy) this.#showVerdict()
  }

  async #send(): Promise<void> {
    if (this.#isBusy) return
    if (this.#credentials === undefined) return this.#account.logIn()
    this.#setBusy(true)
    try {
      // Refreshed, where it is about to end.
      this.#credentials = await this.#account.credentials()
      if (this.#credentials === undefined) {
        await this.showUser()
        throw new Error('The session has ended, here or in another tab: log in again')
      }
      const sent = this.#choice
      this.#run = await run(sent, this.#credentials, this.#config.routes, (stage) => showVerdict(stage))
      this.#sent = sent
      this.#showRun()
      bringIntoView()
    } catch (error) {
      // What was answered before would pass for the answer to this.
      this.#run = undefined
      this.#showRun()
      showVerdict('Nothing came of it.')
      throw error
    } finally {
      this.#setBusy(false)
    }
  }

  #showRun(): void {
    const { exchanges, outcomes } = this.#run ?? {}
    const most = outcomes && usual(outcomes)
    const rows = SERVERS.map((server) => {
      const index = exchanges?.findIndex(({ api }) => api.name === server) ?? -1
      const outcome = outcomes?.[index]
      const differs = outcome === undefined || most === undefined ? [] : differences(outcome, most)
      return { server, exchange: exchanges?.[index], outcome, differs }
    })
    showAnswers(rows, (server) => this.#choose({ ...this.#choice, server }))
    this.#showVerdict()
    this.#showServer()
  }

  #showVerdict(): void {
    const { outcomes } = this.#run ?? {}
    if (outcomes === undefined || this.#sent === undefined) return showVerdict('Choose a request, and send it.')
    const { server } = this.#choice
    if (hashOf({ ...this.#sent, server }) !== hashOf(this.#choice)) {
      return showVerdict('These answers are to the request before: send this one.')
    }
    const { text, isAgreed } = verdictOf(outcomes)
    showVerdict(text, isAgreed ? 'good' : 'bad')
  }

  #showServer(): void {
    const shown = this.#shown()
    this.#step = Math.max(0, (shown?.steps.length ?? 0) - 1)
    find('detail-title', HTMLElement).textContent = `In detail: ${this.#choice.server}`
    showSelected(this.#choice.server)
    showSteps(shown?.steps ?? [], this.#step, (index) => {
      this.#step = index
      showChosenStep(index)
      this.#showStep()
    })
    const steps = this.#credentials === undefined ? [] : loginSteps()
    showTimeline(timelineOf(steps, shown?.steps ?? []))
    find('copy-curl', HTMLElement).ariaDisabled = String(shown === undefined)
    this.#showStep()
  }

  #showStep(): void {
    const step = this.#shown()?.steps[this.#step]
    const id = step && refusalOf(step.answer).id
    showRequest(step, this.#credentials?.accessToken)
    showAnswer(step)
    showTrace(id === undefined ? undefined : this.#run?.traces.get(id), id === undefined ? undefined : id !== '')
  }

  #shown(): Run['exchanges'][number] | undefined {
    return this.#run?.exchanges.find(({ api }) => api.name === this.#choice.server)
  }

  /** What was told to one user is not for the next. */
  async #forget(): Promise<void> {
    this.#run = undefined
    await this.showUser()
  }

  #setBusy(isBusy: boolean): void {
    this.#isBusy = isBusy
    // Not `disabled`, which would take the focus away.
    find('send', HTMLElement).ariaDisabled = String(isBusy)
    find('answers', HTMLElement).ariaBusy = String(isBusy)
  }
}

async function copy(text: string, told: string): Promise<void> {
  await navigator.clipboard.writeText(text)
  find('told', HTMLElement).textContent = told
}

export async function openPlayground(): Promise<void> {
  const config = await loadConfig()
  const account = await openAccount(config)
  // Before the choice is read: it comes back with the login.
  await reported(() => account.finishLogIn())
  await new Playground(config, account).open()
}
