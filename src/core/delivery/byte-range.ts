import type { ByteRange } from '../shared/object-store.ts'

/** What a `Range` header asks of an object (RFC 9110 section 14). */
export type RangeAnswer =
  | { readonly type: 'whole' }
  | { readonly type: 'part'; readonly range: ByteRange }
  | { readonly type: 'unsatisfiable' }

const WHOLE: RangeAnswer = { type: 'whole' }

/** Several ranges, other units and malformed headers are answered with the whole, as the RFC allows. */
export const parseRange = (header: string | undefined, sizeBytes: number): RangeAnswer => {
  const match = header === undefined ? undefined : /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header.trim())
  if (!match) return WHOLE
  const [, first = '', last = ''] = match
  if (first === '') {
    if (last === '') return WHOLE
    const length = Math.min(Number(last), sizeBytes)
    return length === 0 ? { type: 'unsatisfiable' } : part(sizeBytes - length, sizeBytes - 1)
  }
  const start = Number(first)
  if (last !== '' && Number(last) < start) return WHOLE
  if (start >= sizeBytes) return { type: 'unsatisfiable' }
  return part(start, last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1))
}

const part = (start: number, end: number): RangeAnswer => ({ type: 'part', range: { start, end } })
