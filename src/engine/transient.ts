import { isUnreachable } from '../core/shared/unreachable.ts'

/** SQLSTATE classes and codes after which the same transaction may succeed, beside those of a server that is away: resources, shutdown, conflicts. */
const SQLSTATES = /^(53|57P0|40001|40P01|55P03|25P03|25P04|57014)/
// node-postgres gives it no code.
const QUERY_TIMEOUT = 'Query read timeout'

/** Whether a database error says nothing about the transaction itself, so that it is worth repeating. */
export const isTransient = (error: unknown): boolean => {
  if (isUnreachable(error)) return true
  if (error instanceof AggregateError) return error.errors.some(isTransient)
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return SQLSTATES.test(code) || code === 'ENOENT' || error.message.startsWith(QUERY_TIMEOUT)
}
