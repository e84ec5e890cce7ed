/** Connection exceptions, too many connections, shutdown, crash, and what a PostgreSQL says that starts or recovers. */
const SQLSTATES = /^(08|53300|57P0[123])/
const SYSTEM_ERRORS = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND', 'EAI_AGAIN'],
])
// node-postgres gives these no code.
const DRIVER_MESSAGES =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|timeout expired)/

/** Whether something failed because the database, or another server that we need, does not answer for now. */
export const isUnreachable = (error: unknown): boolean => {
  if (error instanceof AggregateError) return error.errors.some(isUnreachable)
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  // The socket of a PostgreSQL that is being started again is not there for a moment.
  const hasNoSocket = code === 'ENOENT' && 'syscall' in error && error.syscall === 'connect'
  return SQLSTATES.test(code) || SYSTEM_ERRORS.has(code) || hasNoSocket || DRIVER_MESSAGES.test(error.message)
}
