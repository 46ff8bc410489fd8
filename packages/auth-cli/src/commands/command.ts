import { Option } from 'commander'
import type { Command } from 'commander'

import type { Answer, Terminal } from '../terminal.js'

/** What is done with the answer of a command. */
export type Tell = (answer: Answer, isJson: boolean) => void

/** What commands are added with. */
export interface CommandContext {
  readonly terminal: Terminal
  readonly tell: Tell
}

/** The options that stand for settings. */
export function withSettings(command: Command): Command {
  return withIssuer(command).addOption(
    new Option('--dpop <mode>', '(AUTH0_DPOP)').choices(['allowed', 'required', 'disabled']),
  )
}

/** The options of who asks for tokens, and of whom. */
export function withClient(command: Command): Command {
  return withIssuer(command)
    .option('--client-id <id>', '(AUTH0_CLIENT_ID)')
    .option('--client-secret <secret>', '-, @file or env:NAME (AUTH0_CLIENT_SECRET)')
    .option('--scope <scopes>', 'what is asked for', words)
    .option('--resource <uri>', 'names the API as RFC 8707 does, in place of audience')
}

function withIssuer(command: Command): Command {
  return (
    withOutput(command)
      .option('--issuer <url>', 'the issuer, or the domain of a tenant (AUTH0_ISSUER, AUTH0_DOMAIN)')
      // Repeated, and not several values of one: a token that stands behind it would be one of them.
      .option('--audience <identifier>', 'the identifier of the API; may be repeated (AUTH0_AUDIENCE)', collect)
      .option('--env-file <file>', 'reads variables from a file; those of the process win')
  )
}

/** The options of every command. */
export function withOutput(command: Command): Command {
  return command.option('--json', 'answers with JSON')
}

/** Of an option that may be repeated, and whose values may stand in one, with spaces between. */
export function words(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), ...value.split(/\s+/).filter((word) => word !== '')]
}

/** Of an option that may be repeated. */
export function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value]
}
