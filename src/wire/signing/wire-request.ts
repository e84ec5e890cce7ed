/** What a signature covers, exactly as it came over the wire: before any router, parser or proxy rule touched it. */
export interface WireRequest {
  /** Upper case. */
  readonly method: string
  /** Raw path and query. */
  readonly target: string
  /** Lower-case name to every value that was sent under it. */
  readonly headers: WireHeaders
  /** The received bytes, never re-serialised JSON. Empty without a body. */
  readonly body: Uint8Array
}

export type WireHeaders = ReadonlyMap<string, readonly string[]>

/** From Node's `rawHeaders`: the plain `headers` object hides that a header came twice. */
export const readHeaders = (rawHeaders: readonly string[]): WireHeaders => {
  const headers = new Map<string, string[]>()
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase()
    const values = headers.get(name) ?? []
    values.push(trimBlanks(rawHeaders[index + 1] ?? ''))
    headers.set(name, values)
  }
  return headers
}

/** The one value of a header; `undefined` when it is absent or came more than once. */
export const singleHeader = (headers: WireHeaders, name: string): string | undefined => {
  const values = headers.get(name)
  return values?.length === 1 ? values[0] : undefined
}

export const splitTarget = (target: string): { readonly path: string; readonly query: string } => {
  const mark = target.indexOf('?')
  return mark < 0 ? { path: target, query: '' } : { path: target.slice(0, mark), query: target.slice(mark + 1) }
}

/** Not `trim()`: that also eats bytes such as 0xA0, which belong to the value. */
const trimBlanks = (value: string): string => value.replace(/^[ \t]+|[ \t]+$/g, '')
