import { decodePercent, encodePercent, textOf } from './percent.ts'

export interface QueryParameter {
  readonly name: string
  readonly value: string
}

/**
 * Parameters of a raw query, in wire order; `undefined` when an escape is broken. The only right way to read the query of a
 * signed request: `+` is a plus (no client of this API means a space by it), so what the signature covers is what is read.
 */
export const readQuery = (rawQuery: string): readonly QueryParameter[] | undefined =>
  splitQuery(rawQuery)?.map(({ name, value }) => ({ name: textOf(name), value: textOf(value) }))

/**
 * The canonical forms under which clients sign a query, most usual first. With repeated names there are two (clients.md):
 * Node, Python, PHP and Go sort the values, Java signs them in wire order.
 */
export const canonicalQueries = (rawQuery: string): readonly string[] | undefined => {
  const parameters = splitQuery(rawQuery)
  if (!parameters) return undefined
  const byName = parameters.toSorted((a, b) => compare(a.name, b.name))
  const byNameAndValue = byName.toSorted((a, b) => compare(a.name, b.name) || compare(a.value, b.value))
  return [...new Set([join(byNameAndValue), join(byName)])]
}

/** Names and values as byte strings. */
const splitQuery = (rawQuery: string): QueryParameter[] | undefined => {
  const parameters: QueryParameter[] = []
  for (const piece of rawQuery.split('&')) {
    if (piece === '') continue
    const equals = piece.indexOf('=')
    const name = decodePercent(equals < 0 ? piece : piece.slice(0, equals))
    const value = decodePercent(equals < 0 ? '' : piece.slice(equals + 1))
    if (name === undefined || value === undefined) return undefined
    parameters.push({ name, value })
  }
  return parameters
}

const join = (parameters: readonly QueryParameter[]): string =>
  parameters.map(({ name, value }) => `${encodePercent(name)}=${encodePercent(value)}`).join('&')

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
