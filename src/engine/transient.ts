/** SQLSTATE classes and codes after which the same transaction may succeed: connection, resources, shutdown, conflicts. */
const SQLSTATES = /^(08|53|57P0|40001|40P01|55P03|25P03|25P04|57014)/
const SYSTEM_ERRORS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
])
// node-postgres gives these no code.
const DRIVER_MESSAGES =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|timeout expired|Query read timeout)/

/** Whether a database error says nothing about the transaction itself, so that it is worth repeating. */
export const isTransient = (error: unknown): boolean => {
  if (error instanceof AggregateError) return error.errors.some(isTransient)
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return SQLSTATES.test(code) || SYSTEM_ERRORS.has(code) || DRIVER_MESSAGES.test(error.message)
}
