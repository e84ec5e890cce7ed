import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'

export interface MetricsDeps {
  readonly metrics: { readonly contentType: string; text(): Promise<string> }
  /** Whoever sends it may read. Absent: nobody but this machine. */
  readonly token: string | undefined
  /** Whether others may reach this server through a proxy on this machine: then not everything that comes from here is ours. */
  readonly isPublic: () => boolean
}

/** `GET /metrics` for Prometheus. They name tenants: for everybody else there is no such path (decision 0040). */
export const registerMetrics = (app: FastifyInstance, { metrics, token, isPublic }: MetricsDeps): void => {
  app.get('/metrics', { logLevel: 'warn' }, async (request, reply) => {
    const mayRead = token === undefined ? !isPublic() && isFromHere(request) : hasToken(request, token)
    if (!mayRead) return reply.callNotFound()
    return reply
      .headers({ 'content-type': metrics.contentType, 'cache-control': 'no-store' })
      .send(await metrics.text())
  })
}

const hasToken = ({ headers }: FastifyRequest, token: string): boolean =>
  timingSafeEqual(digestOf(headers.authorization ?? ''), digestOf(`Bearer ${token}`))

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Of the connection itself, whatever headers say. */
const isFromHere = ({ socket }: FastifyRequest): boolean => isLoopback(socket.remoteAddress ?? '')

const isLoopback = (address: string): boolean => /^(?:::1|(?:::ffff:)?127\.[\d.]+)$/.test(address)

/** Whether a URL of ours leads to this machine alone. */
export const isLocalUrl = (url: string): boolean => {
  const host = URL.parse(url)?.hostname.replace(/^\[(.*)\]$/, '$1') ?? ''
  return host === 'localhost' || isLoopback(host)
}
