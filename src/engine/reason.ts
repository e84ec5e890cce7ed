const MAX_LENGTH = 500

/** Cut to what the schema takes; PostgreSQL refuses NUL in text. */
export const boundReason = (reason: string): string => {
  const text = reason.replaceAll('\u0000', '')
  const characters = [...text.slice(0, 2 * MAX_LENGTH + 2)]
  return characters.length > MAX_LENGTH ? `${characters.slice(0, MAX_LENGTH - 1).join('')}…` : text
}

export const reasonOf = (error: unknown): string => boundReason(error instanceof Error ? error.message : String(error))
