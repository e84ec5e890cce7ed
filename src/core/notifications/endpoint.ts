import type { ProjectId } from '../shared/ids.ts'
import { invalidField } from '../shared/problem.ts'
import type { EventKind } from './event.ts'

/** `envelope`: the event as text in the vendor's message; `raw`: the event alone. */
export const ENDPOINT_FORMATS = ['envelope', 'raw'] as const
export type EndpointFormat = (typeof ENDPOINT_FORMATS)[number]

/** An address that a project's events are sent to. */
export interface Endpoint {
  /** 32 hex digits. */
  readonly id: string
  readonly projectId: ProjectId
  readonly url: string
  readonly format: EndpointFormat
  /** Absent: all kinds, also those that a later version knows. */
  readonly events?: readonly EventKind[]
  readonly createdAt: Date
}

export const MAX_ENDPOINTS = 10
const MAX_URL_LENGTH = 1024

/** The address in the form in which it is called. Throws `invalid_field`; whether its host may be reached is the `Post` port's to say. */
export const parseEndpointUrl = (text: string): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw invalidField('url', 'must be an address that begins with http:// or https://')
  }
  if (url.username !== '' || url.password !== '') throw invalidField('url', 'must not hold a user or a password')
  if (url.hash !== '') throw invalidField('url', 'must not hold a fragment (#)')
  if (url.href.length > MAX_URL_LENGTH) throw invalidField('url', `must have at most ${MAX_URL_LENGTH} characters`)
  return url.href
}
