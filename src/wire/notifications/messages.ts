import type { Endpoint } from '../../core/notifications/endpoint.ts'
import type { Message, Messages } from '../../core/notifications/ports.ts'
import { eventText } from './event-text.ts'

export interface MessageSite {
  /** Known only once the server listens, if no setting says it. */
  readonly publicUrl: () => string
  readonly region: string
}

/** Events as endpoints get them. */
export const wireMessages = ({ publicUrl, region }: MessageSite): Messages => ({
  eventText: (event) => eventText(publicUrl(), event),
  testText: ({ id }) => JSON.stringify({ event_type: 'test', test_info: { webhook_id: id } }),
  body: (message, endpoint) => (endpoint.format === 'raw' ? message.text : envelope(region, message, endpoint)),
})

/** The members of the vendor's notification service that receivers read; what proves the sender is a header of ours (decisions.md 5.15). */
const envelope = (
  region: string,
  { id, at, subject, text }: Message,
  { id: endpointId, projectId }: Endpoint,
): string =>
  JSON.stringify({
    type: 'Notification',
    message_id: id,
    topic_urn: `urn:smn:${region}:${projectId}:telecine-${endpointId}`,
    subject,
    message: text,
    timestamp: at.toISOString(),
  })
