import { DatabaseError } from 'pg'
import { DomainError, type Problem } from '../../core/shared/problem.ts'

/** Tells a broken constraint of uniqueness as this problem: the constraint, and not a query before, decides who was first. */
export const refuseTwins = async <T>(
  { constraint, problem }: { readonly constraint: string; readonly problem: Problem },
  write: () => Promise<T>,
): Promise<T> => {
  try {
    return await write()
  } catch (cause) {
    if (cause instanceof DatabaseError && cause.constraint === constraint) throw new DomainError(problem, { cause })
    throw cause
  }
}
