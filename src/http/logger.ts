import { type DestinationStream, type Logger, pino } from 'pino'

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

const SECRETS = ['authorization', 'x-auth-token', 'x-security-token', 'x-subject-token', 'cookie']
const SECRET_MEMBERS = ['password', 'secret', 'secret_key', 'secretKey', 'token', 'securityToken']

/** One JSON object per line on `destination`. Credentials and the queries of signed URLs never get through, wherever they come from. */
export const createLogger = ({ level, destination }: { level: LogLevel; destination: DestinationStream }): Logger =>
  pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: [
          ...SECRETS.flatMap((name) => [`["${name}"]`, `headers["${name}"]`, `*.headers["${name}"]`]),
          ...SECRET_MEMBERS.flatMap((name) => [name, `*.${name}`]),
        ],
        censor: '[redacted]',
      },
      serializers: { err: toLoggedError, req: () => undefined, res: () => undefined },
      hooks: {
        streamWrite: withoutQueries,
      },
    },
    destination,
  )

/** Signed URLs end up in messages of many libraries; a query is never worth that risk. */
const withoutQueries = (line: string): string =>
  line.replace(/(https?:\/\/[^\s?"'<>]+)\?[^\s"'<>\\]*/g, '$1?[redacted]')

interface LoggedError {
  readonly type: string
  readonly message: string
  readonly stack?: string
  readonly code?: unknown
  readonly cause?: LoggedError
}

/** Only these members: what libraries hang onto their errors (requests, configurations) may hold keys. */
const toLoggedError = (error: unknown, depth = 0): LoggedError => {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) }
  return {
    type: error.name,
    message: error.message,
    ...(error.stack !== undefined && { stack: error.stack }),
    ...('code' in error && { code: error.code }),
    ...(error.cause !== undefined && depth < 4 && { cause: toLoggedError(error.cause, depth + 1) }),
  }
}
