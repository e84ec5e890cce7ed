// Receives the events of a webhook, checks who sent them, and prints each once. It needs nothing but Node:
//   SECRET=whsec_... node docs/examples/webhook-receiver.mjs 9000
// The secret is in the answer of POST /telecine/v1/{project_id}/webhooks {"url": "http://your-host:9000/"}.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'

const port = Number(process.argv[2] ?? 9000)
const secret = process.env.SECRET ?? ''
const OLDEST_SECONDS = 300

const isGenuine = (header, body) => {
  const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header ?? '') ?? []
  if (t === undefined || Math.abs(Date.now() / 1000 - Number(t)) > OLDEST_SECONDS) return false
  const expected = createHmac('sha256', secret).update(`${t}.`).update(body).digest()
  return timingSafeEqual(expected, Buffer.from(v1, 'hex'))
}

// A real receiver keeps these in its database, with what it does for the event, in one transaction.
const seen = new Set()

const server = createServer(async (request, response) => {
  const parts = []
  for await (const part of request) parts.push(part)
  // As it came: parsed and written again it would have another signature.
  const body = Buffer.concat(parts)
  if (!isGenuine(request.headers['telecine-signature'], body)) return response.writeHead(401).end()
  response.writeHead(204).end()
  const id = request.headers['telecine-event-id']
  if (seen.has(id)) return
  seen.add(id)
  const { type, message, ...event } = JSON.parse(body.toString())
  const { event_type, ...payload } = type === 'Notification' ? JSON.parse(message) : event
  const [info] = Object.values(payload)
  console.log(event_type, info.asset_id ?? '', info.status ?? '', info.error_msg ?? '')
})
server.listen(port, () => console.log('listening', server.address().port))
