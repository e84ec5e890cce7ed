/** `20260102T030405Z`; `undefined` for any other form and for days that do not exist. */
export const parseSdkDate = (text: string): Date | undefined => {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text)
  if (!parts) return undefined
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number)
  const date = new Date(Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second))
  return formatSdkDate(date) === text ? date : undefined
}

export const formatSdkDate = (date: Date): string => date.toISOString().replace(/[-:]|\.\d+/g, '')
