import type { Static, TSchema } from 'typebox'
import type { Operation } from '../wire/operation.ts'

/** The command line is wrong. Its message is the one line that is printed; the process ends with 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export interface CommandContext {
  /** A signed call, for the project of the credentials. Throws `ApiRefusal`. */
  call<Query extends TSchema, Body extends TSchema, Reply extends TSchema>(
    operation: Operation<Query, Body, Reply>,
    request?: { readonly query?: Static<Query>; readonly body?: Static<Body> },
  ): Promise<Static<Reply>>
  print(line: string): void
  /** A line that is not echoed: from the terminal, or the next one of a piped stdin. */
  readSecret(prompt: string): Promise<string>
}

export interface CommandOption {
  readonly type: 'string' | 'boolean'
}

type Options = Readonly<Record<string, CommandOption>>
type Values<O extends Options> = {
  readonly [Name in keyof O]?: O[Name]['type'] extends 'boolean' ? boolean : string
}
type Texts<Names extends readonly string[]> = { readonly [Index in keyof Names]: string }

interface Definition<Names extends readonly string[], O extends Options> {
  /** As typed, e.g. `users add`. */
  readonly name: string
  readonly summary: string
  /** Names of what must follow, e.g. `NAME`; all required. */
  readonly positionals: Names
  readonly options: O
  run(
    given: { readonly positionals: Texts<Names>; readonly options: Values<O> },
    context: CommandContext,
  ): Promise<void>
}

/** A command of any shape, as the table of commands holds it. */
export type Command = Omit<Definition<readonly string[], Options>, 'run'> & {
  run(given: { readonly positionals: never; readonly options: never }, context: CommandContext): Promise<void>
}

/** Ties what `run` gets to the names declared. */
export const defineCommand = <const Names extends readonly string[], const O extends Options>(
  definition: Definition<Names, O>,
): Definition<Names, O> => definition

export const asksForHelp = (args: readonly string[]): boolean => args.includes('--help') || args.includes('-h')

/** How a command is typed, and what it does. */
export const helpOf = (command: Command): string => `${usageOf(command)}\n\n${command.summary}`

/** The line that shows how a command is typed. */
export const usageOf = ({ name, positionals, options }: Command): string => {
  const flags = Object.entries(options).map(([flag, { type }]) => `[--${flag}${type === 'string' ? ' VALUE' : ''}]`)
  return ['usage: telecine', name, ...positionals, ...flags].join(' ')
}
