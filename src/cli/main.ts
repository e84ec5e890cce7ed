import { fileURLToPath } from 'node:url'
import { StartRefusedError, SUPERVISED_FLAG } from '../main/child-process.ts'
import { ConfigError, readConfig } from '../main/config.ts'
import { readCredentials } from '../main/credentials.ts'
import { DataFolderInUseError } from '../main/data-folder-lock.ts'
import { runAudit, runMigrate, runServe, runStart, runWorkerCommand } from '../main/run-command.ts'
import { UnreachableError } from '../main/until-reachable.ts'
import { asksForHelp, UsageError, usageOf } from './define-command.ts'

interface ProcessCommand {
  /** Positional arguments. */
  readonly most: number
  /** For people, if any. */
  readonly flag?: string
  /** May answer an exit code. */
  run(args: readonly string[]): Promise<unknown>
}

const JSON_FLAG = '--json'

/** The commands that run the product, or need its database and store; all others are clients of its API. */
const PROCESSES: Readonly<Record<string, ProcessCommand>> = {
  start: { most: 1, run: ([file]) => runStart(fileURLToPath(import.meta.url), file) },
  serve: { most: 0, run: (args) => runServe({ supervised: args.includes(SUPERVISED_FLAG) }) },
  worker: { most: 0, run: (args) => runWorkerCommand({ supervised: args.includes(SUPERVISED_FLAG) }) },
  migrate: { most: 0, run: runMigrate },
  audit: { most: 0, flag: JSON_FLAG, run: (args) => runAudit({ format: args.includes(JSON_FLAG) ? 'json' : 'table' }) },
}

const usage = async (): Promise<string> => `usage: telecine COMMAND

  telecine start [FILE]   everything on this machine; with FILE, makes an asset of it and says where to watch it
  telecine serve          one API process on an external PostgreSQL
  telecine worker         one worker process on an external PostgreSQL
  telecine migrate        bring an external database up to date
  telecine audit [--json] compare the service bucket with the tables; exit code 1 when something is wrong

${(await import('./client-commands.ts')).CLIENT_COMMANDS.map((command) => `  ${usageOf(command).replace('usage: ', '')}`).join('\n')}

Settings are TELECINE_* environment variables: docs/running.md`

const run = async (args: readonly string[]): Promise<number> => {
  const [name = '', ...rest] = args
  if (['help', '--help', '-h'].includes(name)) {
    console.log(await usage())
    return 0
  }
  const role = PROCESSES[name]
  if (role) {
    const line = `usage: telecine ${name}${role.most > 0 ? ' [FILE]' : ''}${role.flag ? ` [${role.flag}]` : ''}`
    if (asksForHelp(rest)) {
      console.log(line)
      return 0
    }
    const given = role.most === 0 ? rest.filter((arg) => arg !== SUPERVISED_FLAG && arg !== role.flag) : rest
    const wrong = given.length > role.most || given.some((arg) => arg.startsWith('-'))
    if (wrong) throw new UsageError(line)
    const code = await role.run(rest)
    return typeof code === 'number' ? code : 0
  }
  return runClient(args)
}

/** Loaded only when asked for: the commands bring the schemas of all operations with them. */
const runClient = async (args: readonly string[]): Promise<number> => {
  const { findClientCommand } = await import('./client-commands.ts')
  const found = findClientCommand(args)
  if (!found) return explainGroup(args)
  const { runClientCommand } = await import('./run-client-command.ts')
  const { createSecretReader } = await import('./read-secret.ts')
  return runClientCommand(found.command, found.rest, {
    print: console.log,
    printError: console.error,
    readSecret: createSecretReader(process.stdin, process.stderr),
    readCredentials: () => readCredentials(readConfig().dataDir),
  })
}

/** No command, or not all of its name. */
const explainGroup = async ([group = '', ...rest]: readonly string[]): Promise<0> => {
  const { clientCommandsOf } = await import('./client-commands.ts')
  const commands = clientCommandsOf(group)
  if (group === '') throw new UsageError(await usage())
  if (commands.length === 0) throw new UsageError(`telecine has no command "${group}"; see: telecine help`)
  const lines = commands.map(usageOf).join('\n')
  if (!asksForHelp(rest)) throw new UsageError(lines)
  console.log(lines)
  return 0
}

/** What a person can mend is one line; a bug shows where it is. */
const explain = (error: unknown): number => {
  if (error instanceof StartRefusedError) return 2
  if (error instanceof UnreachableError) {
    console.error(error.message)
    return 1
  }
  const plain = error instanceof ConfigError || error instanceof DataFolderInUseError || error instanceof UsageError
  console.error(plain ? error.message : error)
  return plain ? 2 : 1
}

// An idle keep-alive socket of a client must not hold up the end.
process.exit(await run(process.argv.slice(2)).catch(explain))
