/** What an error says, in one line: programs that fail put their whole output there, and one refusal per address counts once. */
export const firstLineOf = (error: unknown): string => {
  if (error instanceof AggregateError && error.errors.length > 0) return firstLineOf(error.errors[0])
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? ''
}
