/** Six fractional digits, UTC: as the vendor's identity service writes times. */
export const microseconds = (date: Date): string => date.toISOString().replace('Z', '000Z')
