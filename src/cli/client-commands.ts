import { BUCKET_COMMANDS } from './buckets.ts'
import type { Command } from './define-command.ts'
import { KEY_COMMANDS } from './keys.ts'
import { PROJECT_COMMANDS } from './projects.ts'
import { USER_COMMANDS } from './users.ts'

/** The commands that are clients of the API, in the order in which help lists them. */
export const CLIENT_COMMANDS: readonly Command[] = [
  ...USER_COMMANDS,
  ...PROJECT_COMMANDS,
  ...KEY_COMMANDS,
  ...BUCKET_COMMANDS,
]

/** Commands of a group, e.g. of `users`. */
export const clientCommandsOf = (group: string): readonly Command[] =>
  CLIENT_COMMANDS.filter(({ name }) => name.startsWith(`${group} `))

/** The command that these arguments begin with, and what follows its name. */
export const findClientCommand = (
  args: readonly string[],
): { readonly command: Command; readonly rest: readonly string[] } | undefined => {
  const command = CLIENT_COMMANDS.find(({ name }) => name.split(' ').every((word, at) => word === args[at]))
  return command && { command, rest: args.slice(command.name.split(' ').length) }
}
