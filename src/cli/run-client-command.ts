import { parseArgs } from 'node:util'
import type { Credentials } from '../main/credentials.ts'
import { ApiRefusal, type CallApi, createApiClient, isUnanswered } from './api-client.ts'
import { asksForHelp, type Command, type CommandContext, helpOf, UsageError, usageOf } from './define-command.ts'

/** What a command needs of the process that runs it. */
export interface CommandHost {
  print(line: string): void
  printError(line: string): void
  readSecret(prompt: string): Promise<string>
  /** What the first start wrote on this machine; `undefined` elsewhere. */
  readCredentials(): Promise<Credentials | undefined>
}

/** Where and as whom: instead of what the first start wrote. The secret is asked for; command lines are no place for one. */
const CONNECTION_OPTIONS = {
  endpoint: { type: 'string' },
  'project-id': { type: 'string' },
  'access-key': { type: 'string' },
} as const

/** Answers the exit status: 0, 2 after wrong usage, 1 when the API refuses or cannot be reached; each with one line. */
export const runClientCommand = async (
  command: Command,
  args: readonly string[],
  host: CommandHost,
): Promise<0 | 1 | 2> => {
  if (asksForHelp(args)) {
    host.print(helpOf(command))
    return 0
  }
  try {
    const { positionals, options } = parse(command, args)
    const context = { print: host.print, readSecret: host.readSecret, call: connectLazily(options, host) }
    // `parse` took exactly what the command declares.
    await command.run({ positionals: positionals as never, options: options as never }, context)
    return 0
  } catch (error) {
    if (error instanceof UsageError) return fail(host, error.message, 2)
    if (error instanceof ApiRefusal) return fail(host, `${error.code}: ${error.message}`, 1)
    if (isUnanswered(error)) {
      return fail(host, `cannot reach the API: ${error.cause instanceof Error ? error.cause.message : 'no answer'}`, 1)
    }
    throw error
  }
}

const fail = <Status extends 1 | 2>(host: CommandHost, line: string, status: Status): Status => {
  host.printError(line)
  return status
}

interface Parsed {
  readonly positionals: readonly string[]
  readonly options: Readonly<Record<string, string | boolean | undefined>>
}

const parse = (command: Command, args: readonly string[]): Parsed => {
  const { positionals, values } = parseOrRefuse(command, args)
  if (positionals.length !== command.positionals.length) throw new UsageError(usageOf(command))
  return { positionals, options: values }
}

const parseOrRefuse = ({ options }: Command, args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options: { ...options, ...CONNECTION_OPTIONS }, allowPositionals: true })
  } catch (error) {
    // parseArgs explains in several sentences; the first one says what is wrong.
    throw new UsageError(error instanceof Error ? (error.message.split('. ', 1)[0] ?? '') : String(error), {
      cause: error,
    })
  }
}

interface Connection {
  readonly api: CallApi
  readonly projectId: string
}

/** Connects at the first call: a command that finds its arguments wrong asks nobody for a secret. */
const connectLazily = (options: Parsed['options'], host: CommandHost): CommandContext['call'] => {
  let connection: Promise<Connection> | undefined
  return async (operation, request = {}) => {
    connection ??= connect(options, host)
    const { api, projectId } = await connection
    const path = operation.path.replace(':project_id', projectId)
    const answer = await api(operation.method, `${path}${queryString(request.query)}`, request.body)
    // The server answers by the very schema of the operation.
    return answer as never
  }
}

const connect = async (options: Parsed['options'], host: CommandHost): Promise<Connection> => {
  const known = await host.readCredentials()
  const endpoint = textOption(options, 'endpoint') ?? known?.endpoint
  const projectId = textOption(options, 'project-id') ?? known?.project_id
  const access = textOption(options, 'access-key') ?? known?.access_key
  if (endpoint === undefined || projectId === undefined || access === undefined) {
    throw new UsageError(
      'there is no credentials.json here: set TELECINE_DATA_DIR to the data folder of the service, or give --endpoint, ' +
        '--project-id and --access-key',
    )
  }
  if (!URL.canParse(endpoint)) throw new UsageError('--endpoint must be a URL such as http://127.0.0.1:8080')
  const secret = access === known?.access_key ? known.secret_key : await host.readSecret(`Secret of ${access}: `)
  return { api: createApiClient({ endpoint: new URL(endpoint).origin, key: { access, secret } }), projectId }
}

const textOption = (options: Parsed['options'], name: keyof typeof CONNECTION_OPTIONS): string | undefined => {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}

const queryString = (query: unknown): string => {
  const parameters = Object.entries(query ?? {})
  const pairs = parameters.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}
