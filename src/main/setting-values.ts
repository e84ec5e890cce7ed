import { isIP } from 'node:net'

/** Turns the text of a setting into its value; `undefined` when it is none. */
export type Parse<T> = (text: string) => T | undefined

/** An address to listen on; port 0 takes any free one. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
}

export const anyText: Parse<string> = (text) => text

export const matching =
  (pattern: RegExp): Parse<string> =>
  (text) =>
    pattern.test(text) ? text : undefined

export const oneOf =
  <const T extends string>(...choices: readonly T[]): Parse<T> =>
  (text) =>
    choices.find((choice) => choice === text)

export const flag: Parse<boolean> = (text) => {
  if (text === 'true' || text === '1') return true
  return text === 'false' || text === '0' ? false : undefined
}

export const wholeNumber =
  (least: number, most: number): Parse<number> =>
  (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    return value >= least && value <= most ? value : undefined
  }

export const listenAddress: Parse<ListenAddress> = (text) => {
  const [, bracketed, plain, digits = ''] = /^(?:\[([^\]]+)\]|([^\s:[\]]+)):(\d{1,5})$/.exec(text) ?? []
  const port = wholeNumber(0, 65_535)(digits)
  const host = plain ?? (bracketed !== undefined && isIP(bracketed) === 6 ? bracketed : undefined)
  return host === undefined || port === undefined ? undefined : { host, port }
}

/** Scheme, host and port; answered without a slash at its end, so that a path can be put behind it. */
export const httpOrigin: Parse<string> = (text) => {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined
  const bare =
    url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' && url.password === ''
  return bare ? url.origin : undefined
}

/** With a path, and without a name and password in it. */
export const httpAddress: Parse<string> = (text) => {
  const url = URL.parse(text)
  const isPlain = url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
  return isPlain ? url.href : undefined
}

export const httpOrigins: Parse<readonly string[]> = (text) => listOf(text, httpOrigin)

export const postgresUrl: Parse<string> = (text) =>
  /^postgres(ql)?:$/.test(URL.parse(text)?.protocol ?? '') ? text : undefined

/** The key itself. */
export const base64Key: Parse<Buffer> = (text) =>
  /^[A-Za-z0-9+/]{43}=$/.test(text) ? Buffer.from(text, 'base64') : undefined

/** Whether, or from which addresses, `X-Forwarded-*` is believed. */
export const proxyTrust: Parse<boolean | readonly string[]> = (text) => flag(text) ?? listOf(text, addressOrNetwork)

const addressOrNetwork: Parse<string> = (text) => {
  const [address = '', prefix, ...rest] = text.split('/')
  const bits = isIP(address) === 6 ? 128 : 32
  const valid =
    isIP(address) !== 0 && rest.length === 0 && (prefix === undefined || wholeNumber(0, bits)(prefix) !== undefined)
  return valid ? text : undefined
}

const listOf = <T>(text: string, parse: Parse<T>): readonly T[] | undefined => {
  const values = text.split(',').map((part) => parse(part.trim()))
  return values.every((value) => value !== undefined) ? values : undefined
}
