/** What the launcher says; a pino logger is one. */
export interface Log {
  debug(message: string): void
  info(message: string): void
  warn(message: string): void
}
