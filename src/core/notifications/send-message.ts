import type { Now } from '../shared/clock.ts'
import type { EndpointSecrets, Message, Messages, Post, PostOutcome, SealedEndpoint } from './ports.ts'
import { signatureOf } from './signature.ts'

export interface SendDeps {
  readonly post: Post
  readonly messages: Messages
  readonly secrets: Pick<EndpointSecrets, 'open'>
  readonly now: Now
}

/** Signs a message for an endpoint and sends it once. What cannot be signed counts as not answered, so that it is given up in the end. */
export const sendMessage = async (
  { post, messages, secrets, now }: SendDeps,
  { endpoint, message, headers = {} }: Sending,
): Promise<PostOutcome> => {
  const body = messages.body(message, endpoint)
  const secret = secrets.open(endpoint.secretSealed, endpoint.id)
  if (secret === undefined) return { type: 'unanswered', reason: UNSIGNED }
  const signed = {
    'content-type': 'application/json; charset=utf-8',
    'telecine-signature': signatureOf(secret, body, now()),
    'telecine-event-id': message.id,
    ...headers,
  }
  return post({ url: endpoint.url, body, headers: signed })
}

const UNSIGNED = 'its secret does not open under the master key of this installation; add the webhook anew'

export interface Sending {
  readonly endpoint: SealedEndpoint
  readonly message: Message
  readonly headers?: Readonly<Record<string, string>>
}

export const isAccepted = (outcome: PostOutcome): boolean =>
  outcome.type === 'answered' && outcome.status >= 200 && outcome.status < 300

const SHOWN_CHARACTERS = 200

/** Why a try failed, for the log. */
export const complaintOf = (outcome: PostOutcome): string => {
  if (outcome.type === 'unanswered') return outcome.reason
  const { status, text } = outcome
  const what = status >= 300 && status < 400 ? `answered ${status}; redirects are not followed` : `answered ${status}`
  return text === '' ? what : `${what}: ${text.slice(0, SHOWN_CHARACTERS)}`
}
